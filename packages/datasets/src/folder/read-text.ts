import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import iconv from 'iconv-lite';
import { readWhole } from '../bytes/open-file.js';
import type { OnProgress } from '../dataset.js';
import { createTally, type DatasetNote, noteOf } from '../notes.js';
import { decodeText, guessEncoding } from './encoding.js';

/** Some whole lines of a file. */
export interface TextBlock {
  readonly text: string;
  /** Number of its first line, from 1. */
  readonly firstLine: number;
}

type TextUnit = 'lines' | 'pieces';

/** A text file that is read block by block. */
export interface TextFile {
  /** Lines that are not UTF-8, and the encoding they are read by. */
  readonly invalid: DatasetNote;
  /**
   * Reads the file, once more at each call.
   *
   * @param unit - `'pieces'` may cut a long line after a comma, so that a file of one line need not fit into memory.
   */
  blocks(onProgress?: OnProgress, unit?: TextUnit): AsyncGenerator<TextBlock, void, void>;
}

/** Rows of a block live until it is done: of larger ones the heap would grow. */
const blockBytes = 1 << 18;
/** Smaller files are read before anybody wonders. */
const progressFrom = 8 << 20;
const lineFeed = 0x0a;
const comma = 0x2c;
const byteOrderMark = '\ufeff';

/**
 * Opens a text file of any size: UTF-8, UTF-16 with a byte order mark, or an encoding that is guessed from all lines
 * that are not UTF-8.
 *
 * @param name - What to call it in a message.
 */
export async function openText(path: string, name: string): Promise<TextFile> {
  const wide = await wideEncodingOf(path);
  const guess = guessEncoding();
  const invalid = createTally();
  let [before, latest] = [0, 0];
  for await (const bytes of wide === undefined ? byteBlocks(path, 'pieces') : []) {
    for (const line of guess.sample(bytes)) {
      if (before + line !== latest) invalid.add(`${name}:${before + line}`);
      latest = before + line;
    }
    before += countLines(bytes);
  }
  const encoding = guess.encoding();
  return {
    invalid: noteOf('invalid-utf8', invalid, encoding),
    blocks: (onProgress, unit = 'lines') => textBlocks(path, wide, encoding, unit, onProgress),
  };
}

/** Reads a small file whole, as bytes in UTF-8 or another encoding of one byte order. */
export async function readBytes(path: string): Promise<Uint8Array> {
  const bytes = Buffer.from(await readWhole(path));
  const wide = wideEncoding(bytes);
  return wide === undefined ? bytes : Buffer.from(iconv.decode(bytes, wide), 'utf8');
}

/** A text without the byte order mark that Windows puts before it. */
export function withoutMark(text: string): string {
  return text.startsWith(byteOrderMark) ? text.slice(1) : text;
}

async function* textBlocks(
  path: string,
  wide: string | undefined,
  encoding: string,
  unit: TextUnit,
  onProgress: OnProgress = () => {},
): AsyncGenerator<TextBlock, void, void> {
  const { size } = await stat(path);
  let firstLine = 1;
  let read = 0;
  for await (const bytes of wide === undefined ? byteBlocks(path, unit) : transcoded(path, wide, unit)) {
    const text = decodeText(bytes, encoding);
    yield { text: read === 0 ? withoutMark(text) : text, firstLine };
    firstLine += countLines(bytes);
    read = Math.min(size, read + bytes.length);
    if (size >= progressFrom) onProgress(megabytes(read), megabytes(size), 'Reading captions (MB)');
  }
}

/** A file in blocks that end with a line, or with the file; or with a comma, where lines may be cut. */
async function* byteBlocks(path: string, unit: TextUnit): AsyncGenerator<Buffer, void, void> {
  yield* wholeUnits(createReadStream(path, { highWaterMark: blockBytes }), unit);
}

async function* transcoded(
  path: string,
  encoding: string,
  unit: TextUnit,
): AsyncGenerator<Buffer, void, void> {
  const chunks = createReadStream(path).pipe(iconv.decodeStream(encoding)) as AsyncIterable<string>;
  const inUtf8 = async function* (): AsyncGenerator<Buffer, void, void> {
    for await (const text of chunks) yield Buffer.from(text, 'utf8');
  };
  yield* wholeUnits(inUtf8(), unit);
}

async function* wholeUnits(
  chunks: AsyncIterable<Buffer>,
  unit: TextUnit,
): AsyncGenerator<Buffer, void, void> {
  let rest: Buffer[] = [];
  for await (const chunk of chunks) {
    // Like a line feed, a comma is never part of a longer character in the encodings that are guessed.
    const end = chunk.lastIndexOf(lineFeed) + 1 || (unit === 'pieces' ? chunk.lastIndexOf(comma) + 1 : 0);
    if (end === 0) {
      rest.push(chunk);
      continue;
    }
    yield Buffer.concat([...rest, chunk.subarray(0, end)]);
    rest = end < chunk.length ? [Buffer.from(chunk.subarray(end))] : [];
  }
  if (rest.length > 0) yield Buffer.concat(rest);
}

async function wideEncodingOf(path: string): Promise<string | undefined> {
  for await (const start of createReadStream(path, { end: 1 })) return wideEncoding(start);
  return undefined;
}

function wideEncoding(bytes: Uint8Array): string | undefined {
  const mark = (bytes[0] ?? 0) * 256 + (bytes[1] ?? 0);
  return mark === 0xfffe ? 'utf-16le' : mark === 0xfeff ? 'utf-16be' : undefined;
}

function countLines(bytes: Uint8Array): number {
  let count = 0;
  for (let at = bytes.indexOf(lineFeed); at >= 0; at = bytes.indexOf(lineFeed, at + 1)) count++;
  return count;
}

function megabytes(bytes: number): number {
  return Math.ceil(bytes / 1e6);
}
