import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A text file and the lines of it that were not valid UTF-8. */
export interface DecodedText {
  readonly text: string;
  /** Line numbers, from 1. */
  readonly invalidLines: readonly number[];
}

const lineFeed = 0x0a;

/** Reads a text file as UTF-8; bytes that are not are replaced by U+FFFD and their lines reported. */
export async function readUtf8(folder: string, file: string): Promise<DecodedText> {
  return decodeUtf8(await readFile(join(folder, file)));
}

/** Decodes UTF-8; bytes that are not valid become U+FFFD, and their lines are reported. A byte order mark is dropped. */
export function decodeUtf8(bytes: Uint8Array): DecodedText {
  const strict = new TextDecoder('utf-8', { fatal: true });
  try {
    return { text: strict.decode(bytes), invalidLines: [] };
  } catch {
    return { text: new TextDecoder().decode(bytes), invalidLines: invalidLinesOf(bytes, strict) };
  }
}

// A line feed is never part of a longer character in UTF-8, so lines can be judged one by one.
function invalidLinesOf(bytes: Uint8Array, strict: TextDecoder): number[] {
  const invalid: number[] = [];
  let start = 0;
  for (let line = 1; start <= bytes.length; line++) {
    const found = bytes.indexOf(lineFeed, start);
    const end = found < 0 ? bytes.length : found;
    try {
      strict.decode(bytes.subarray(start, end));
    } catch {
      invalid.push(line);
    }
    start = end + 1;
  }
  return invalid;
}
