import { localCopy } from '../bytes/cache.js';
import { isRemote, placeIn } from '../bytes/file.js';
import { lookUpFile } from '../bytes/open-file.js';
import { textAt } from '../content/packed-texts.js';
import type { OnProgress } from '../dataset.js';
import { createTally, type DatasetNote, noteOf, type Tally } from '../notes.js';
import { mapParallel } from '../parallel.js';
import { oneLine, refuseUnusedKeys } from './columns.js';
import { decodeText, guessEncoding } from './encoding.js';
import { type FolderListing, isMetadata, isPicture, isText, stemOf } from './files.js';
import { noneInvalid, pairTable } from './pair-table.js';
import { readBytes, withoutMark } from './read-text.js';
import { collectRows, type FolderRows } from './rows.js';
import type { ResolvedFolderSpec } from './spec.js';

/** Pictures joined with their captions, and what was met on the way. */
export interface Pairing {
  readonly rows: FolderRows;
  /** The caption file, where there is one. */
  readonly captionFile?: string;
  /** What is wrong with the caption file. */
  readonly faults: readonly string[];
  /** What was odd about it, and could be read. */
  readonly notes: readonly DatasetNote[];
  /** Captions whose picture is not there, or is of a kind that is not read. */
  readonly withoutPicture: Tally;
  /** Pictures that no caption names. */
  readonly withoutCaption: Tally;
  /** Lines that were not UTF-8, and the encoding they were read by. */
  readonly invalidText: DatasetNote;
  /** Texts beside no picture. */
  readonly unpairedText: Tally;
}

/** Joins the files of a folder with their captions as the spec says; reads captions, never pictures. */
export async function pairFolder(
  spec: ResolvedFolderSpec,
  listing: FolderListing,
  onProgress?: OnProgress,
): Promise<Pairing> {
  const pictures = listing.files.flatMap((file, at) => (isPicture(file) ? [at] : []));
  const empty = {
    faults: [],
    notes: [],
    withoutPicture: createTally(),
    withoutCaption: createTally(),
    invalidText: noneInvalid,
    unpairedText: createTally(),
  };
  const captionFile = chooseCaptionFile(spec.captions, listing.files);
  if (captionFile !== undefined && !listing.files.includes(captionFile)) {
    const fault = `captions must be a file in ${spec.path}; received ${captionFile}. Put it there, or leave captions out.`;
    return { ...empty, rows: collectRows(listing.files).finish(), faults: [fault] };
  }
  if (captionFile !== undefined) {
    return { ...empty, ...(await pairCaptionFile(spec, listing, pictures, captionFile, onProgress)) };
  }
  refuseUnusedKeys(spec, 'no file of the folder has columns');
  if (spec.captions === 'none') {
    const rows = collectRows(listing.files);
    for (const picture of pictures) rows.add(picture, '');
    return { ...empty, rows: rows.finish() };
  }
  return { ...empty, ...(await readTextFiles(spec.path, listing, pictures)) };
}

/** Caption files that other sets bring; they count where no text stands beside a picture. */
const foreign = [
  'metadata.jsonl',
  'metadata.csv',
  'metadata.parquet',
  'captions.json',
  'captions.tsv',
  'captions.txt',
];

function chooseCaptionFile(captions: string, files: readonly string[]): string | undefined {
  if (captions === 'txt' || captions === 'none') return undefined;
  if (captions !== 'auto') return captions;
  const own = ['captions.jsonl', 'captions.csv'].find((name) => files.includes(name));
  if (own !== undefined || files.some((file) => isText(file) && !isMetadata(file))) return own;
  return foreign.find((name) => files.includes(name));
}

async function pairCaptionFile(
  spec: ResolvedFolderSpec,
  listing: FolderListing,
  pictures: readonly number[],
  captionFile: string,
  onProgress?: OnProgress,
): Promise<Omit<Pairing, 'unpairedText'>> {
  const read = await pairTable(spec, listing, await fileOf(spec.path, captionFile), captionFile, onProgress);
  for (const picture of pictures) {
    if (read.named[picture]) continue;
    read.rows.add(picture, '');
    read.withoutCaption.add(listing.files[picture]!);
  }
  return { ...read, rows: read.rows.finish(), captionFile };
}

/** A file of a folder, or the copy of one of a bucket. */
async function fileOf(folder: string, name: string): Promise<string> {
  const place = placeIn(folder, name);
  return isRemote(place) ? localCopy((await lookUpFile(place))!) : place; // the listing named it
}

const parallelReads = 32;
/** Texts that are read before any is kept. */
const textsAtATime = 1024;

/**
 * Reads `name.txt` beside `name.jpg`; names that differ only in how accents are stored are the same.
 *
 * @param pictures - Indexes into the files of the listing.
 */
async function readTextFiles(
  path: string,
  { files }: FolderListing,
  pictures: readonly number[],
): Promise<Pick<Pairing, 'rows' | 'withoutCaption' | 'invalidText' | 'unpairedText'>> {
  const texts = new Map<string, string>();
  for (const file of files) if (isText(file)) texts.set(stemOf(file).normalize('NFC'), file);
  const found = pictures.map((picture) => texts.get(stemOf(files[picture]!).normalize('NFC')));
  const used = new Set(found);
  const unpairedText = createTally(); // such as README.txt: no captions
  for (const file of texts.values()) if (!used.has(file) && !isMetadata(file)) unpairedText.add(file);

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
  const invalidText = noteOf('invalid-utf8', invalid, encoding);
  return { ...decide(rows.finish(), undecided, encoding), unpairedText, invalidText };
}

/** Decodes the texts that were not UTF-8, now that their encoding is known. */
function decide(
  read: FolderRows,
  undecided: ReadonlyMap<number, Uint8Array>,
  encoding: string,
): Pick<Pairing, 'rows' | 'withoutCaption'> {
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
