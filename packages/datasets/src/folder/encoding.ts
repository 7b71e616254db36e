import { isUtf8 } from 'node:buffer';
import { analyse } from 'chardet';
import iconv from 'iconv-lite';

/** Below this confidence, of 100, a guess is worth less than that most such files come from Windows in the West. */
const leastConfidence = 40;
const fallback = 'windows-1252';
/** Enough text for a guess; more makes it slower, not better. */
const sampleBytes = 1 << 16;
/** Text that says Latin-1 is read as its superset, which also has “curly quotes”, as browsers do. */
const supersets: Readonly<Record<string, string>> = {
  'ISO-8859-1': 'windows-1252',
  'ISO-8859-9': 'windows-1254',
};
const lineFeed = 0x0a;

/** Collects lines that are not UTF-8, to guess the encoding of all of them together. */
export interface EncodingGuess {
  /** Looks at the lines of a text. */
  sample(text: Uint8Array): void;
  /** The likely encoding of the lines that were not UTF-8; `'utf-8'` where they are damaged UTF-8. */
  encoding(): string;
}

/** An empty {@link EncodingGuess}. */
export function guessEncoding(): EncodingGuess {
  const lines: Uint8Array[] = [];
  let length = 0;
  return {
    sample(text) {
      if (length >= sampleBytes || isUtf8(text)) return;
      for (const line of linesOf(text)) {
        if (length >= sampleBytes || isUtf8(line)) continue;
        lines.push(Uint8Array.from(line), Uint8Array.of(lineFeed));
        length += line.length + 1;
      }
    },
    encoding: () => likelyEncoding(Buffer.concat(lines)),
  };
}

/**
 * The encoding that some text most likely has.
 *
 * @param text - Whole lines, none of them valid UTF-8.
 * @returns A name that `decodeText` reads.
 */
export function likelyEncoding(text: Uint8Array): string {
  const best = analyse(text).find(({ name }) => name.startsWith('UTF-8') || iconv.encodingExists(name));
  if (best === undefined || best.confidence < leastConfidence) return fallback;
  return best.name === 'UTF-8' ? 'utf-8' : (supersets[best.name] ?? best.name);
}

/** Text of mixed lines, and which of them were not UTF-8. */
export interface DecodedText {
  readonly text: string;
  /** Line numbers, from 1. */
  readonly invalidLines: readonly number[];
}

/**
 * Decodes text line by line: as UTF-8 where it is, else by another encoding, as a file may mix them.
 *
 * @param encoding - Of lines that are not UTF-8; `'utf-8'` puts U+FFFD for their bad bytes.
 */
export function decodeText(bytes: Uint8Array, encoding: string): DecodedText {
  if (isUtf8(bytes)) return { text: utf8Of(bytes), invalidLines: [] };
  const lines: string[] = [];
  const invalidLines: number[] = [];
  for (const line of linesOf(bytes)) {
    const valid = isUtf8(line);
    lines.push(valid ? utf8Of(line) : iconv.decode(Buffer.from(line), encoding));
    if (!valid) invalidLines.push(lines.length);
  }
  return { text: lines.join('\n'), invalidLines };
}

function utf8Of(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}

// A line feed is never part of a longer character in UTF-8, nor in the encodings that are guessed.
function* linesOf(bytes: Uint8Array): Generator<Uint8Array> {
  for (let start = 0; start <= bytes.length;) {
    const found = bytes.indexOf(lineFeed, start);
    const end = found < 0 ? bytes.length : found;
    yield bytes.subarray(start, end);
    start = end + 1;
  }
}
