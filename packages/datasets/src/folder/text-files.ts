import { placeIn } from '../bytes/file.js';
import { textAt } from '../content/packed-texts.js';
import type { DatasetNote } from '../notes.js';
import { mapParallel } from '../parallel.js';
import { oneLine } from './caption-row.js';
import { decodeText, guessEncoding } from './encoding.js';
import { createTally, type Tally } from './fault-counter.js';
import { isMetadata, isText, stemOf } from './kinds.js';
import { readBytes, withoutMark } from './read-text.js';
import { collectRows, type FolderRows } from './rows.js';
import type { FolderListing } from './scan.js';

const parallelReads = 32;
/** Texts that are read before any is kept. */
const textsAtATime = 1024;

/** Pictures with the captions that stand beside them. */
export interface TextPairs {
  readonly rows: FolderRows;
  readonly invalidText: DatasetNote;
  readonly withoutCaption: Tally;
  /** Texts beside no picture, such as README.txt: no captions. */
  readonly unpaired: Tally;
}

/**
 * Reads `name.txt` beside `name.jpg`; names that differ only in how accents are stored are the same.
 *
 * @param pictures - Indexes into the files of the listing.
 */
export async function readTextFiles(
  path: string,
  { files }: FolderListing,
  pictures: readonly number[],
): Promise<TextPairs> {
  const texts = new Map<string, string>();
  for (const file of files) if (isText(file)) texts.set(stemOf(file).normalize('NFC'), file);
  const found = pictures.map((picture) => texts.get(stemOf(files[picture]!).normalize('NFC')));
  const used = new Set(found);
  const unpaired = createTally();
  for (const file of texts.values()) if (!used.has(file) && !isMetadata(file)) unpaired.add(file);

  // What is not UTF-8 waits until all of it can be guessed at together.
  const guess = guessEncoding();
  const invalid = createTally();
  const undecided = new Map<number, Uint8Array>();
  const rows = collectRows(files);
  for (let start = 0; start < pictures.length; start += textsAtATime) {
    const block = found.slice(start, start + textsAtATime);
    const bytes = await mapParallel(block, parallelReads, async (file) =>
      file === undefined ? new Uint8Array() : readBytes(placeIn(path, file)),
    );
    bytes.forEach((text, at) => {
      const lines = guess.sample(text);
      lines.forEach((line) => invalid.add(`${block[at]}:${line}`));
      if (lines.length > 0) undecided.set(start + at, text);
      rows.add(pictures[start + at]!, oneLine(withoutMark(decodeText(text, 'utf-8'))));
    });
  }
  const encoding = guess.encoding();
  const { count, places } = invalid;
  const invalidText: DatasetNote = { code: 'invalid-utf8', count, detail: encoding, places };
  return { ...decide(rows.finish(), undecided, encoding), unpaired, invalidText };
}

/** Decodes the texts that were not UTF-8, now that their encoding is known. */
function decide(
  read: FolderRows,
  undecided: ReadonlyMap<number, Uint8Array>,
  encoding: string,
): Pick<TextPairs, 'rows' | 'withoutCaption'> {
  const withoutCaption = createTally();
  const rows = collectRows(read.files);
  for (let row = 0; row < read.length; row++) {
    const bytes = undecided.get(row);
    const caption = bytes ? oneLine(decodeText(bytes, encoding)) : textAt(read.captions, row)!;
    rows.add(read.pictures[row]!, caption);
    if (caption === '') withoutCaption.add(read.files[read.pictures[row]!]!);
  }
  return { rows: rows.finish(), withoutCaption };
}
