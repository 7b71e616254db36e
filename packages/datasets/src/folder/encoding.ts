import { isUtf8 } from 'node:buffer';
import iconv from 'iconv-lite';
import { analyse } from 'chardet';
import { createTally, type DatasetNote, noteOf } from '../notes.js';

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
export function guessEncoding() {
  const lines: Uint8Array[] = [];
  let length = 0;
  return {
    /** Looks at the lines of a text; the numbers of those that are not UTF-8, from 1. */
    sample(text: Uint8Array): number[] {
      if (isUtf8(text)) return [];
      const invalid: number[] = [];
      let number = 0;
      for (const line of linesOf(text)) {
        number++;
        if (isUtf8(line)) continue;
        invalid.push(number);
        if (length >= sampleBytes) continue;
        lines.push(Uint8Array.from(line), Uint8Array.of(lineFeed));
        length += line.length + 1;
      }
      return invalid;
    },
    /** The likely encoding of the lines that were not UTF-8; `'utf-8'` where they are damaged UTF-8. */
    encoding: (): string => likelyEncoding(Buffer.concat(lines)),
  };
}

/**
 * The encoding that some text most likely has.
 *
 * @param text - Whole lines, none of them valid UTF-8.
 * @returns A name that {@link decodeText} reads.
 */
function likelyEncoding(text: Uint8Array): string {
  if (isDamagedUtf8(text)) return 'utf-8';
  const guesses = analyse(text).filter(({ name }) => !name.startsWith('UTF') && iconv.encodingExists(name));
  // Western text is mostly ASCII, so a weak guess is better than none where most letters are not.
  const least = isMostlyHigh(text) ? 1 : leastConfidence;
  const best = guesses.find(({ confidence }) => confidence >= least);
  return best === undefined ? fallback : (supersets[best.name] ?? best.name);
}

/** Whether most characters beyond ASCII are whole: in other encodings they hardly ever look like UTF-8. */
function isDamagedUtf8(text: Uint8Array): boolean {
  const beyond = utf8Of(text).match(/[\u0080-\uffff]/g) ?? [];
  return beyond.filter((letter) => letter !== '\ufffd').length > beyond.length / 2;
}

function isMostlyHigh(text: Uint8Array): boolean {
  const letters = text.filter((byte) => byte >= 0x80 || /[A-Za-z]/.test(String.fromCharCode(byte)));
  return letters.filter((byte) => byte >= 0x80).length > letters.length / 2;
}

/**
 * Decodes text line by line: as UTF-8 where it is, else by another encoding, as a file may mix them.
 *
 * @param encoding - Of lines that are not UTF-8; `'utf-8'` puts U+FFFD for their bad bytes.
 */
export function decodeText(bytes: Uint8Array, encoding: string): string {
  if (isUtf8(bytes)) return utf8Of(bytes);
  const decode = (line: Uint8Array): string =>
    isUtf8(line) ? utf8Of(line) : iconv.decode(Buffer.from(line), encoding);
  return Array.from(linesOf(bytes), decode).join('\n');
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

/** Decodes texts that come one by one, each by its own likely encoding, and counts those that are not UTF-8. */
export interface CountingDecoder {
  /** @param place - Where the text stands; asked for only where it is not UTF-8. */
  decode(bytes: Uint8Array, place: () => string): string;
  /** What was met so far. */
  note(): DatasetNote;
}

/** An empty {@link CountingDecoder}. */
export function countingDecoder(): CountingDecoder {
  const tally = createTally();
  const encodings = new Set<string>();
  return {
    decode(bytes, place) {
      if (isUtf8(bytes)) return decodeText(bytes, 'utf-8');
      const encoding = likelyEncoding(bytes);
      tally.add(place());
      encodings.add(encoding);
      return decodeText(bytes, encoding);
    },
    note: () => noteOf('invalid-utf8', tally, [...encodings].sort().join(' and ')),
  };
}

/** One note for what several decoders met; none where they met nothing. */
export function joinNotes(notes: readonly DatasetNote[]): DatasetNote[] {
  const met = notes.filter(({ count }) => count > 0);
  if (met.length === 0) return [];
  const encodings = new Set(met.flatMap(({ detail = '' }) => detail.split(' and ')));
  const all = {
    count: met.reduce((sum, { count }) => sum + count, 0),
    places: met.flatMap(({ places }) => places),
  };
  return [noteOf('invalid-utf8', all, [...encodings].sort().join(' and '))];
}
