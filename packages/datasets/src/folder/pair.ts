import { localCopy } from '../bytes/cache.js';
import { isRemote, placeIn } from '../bytes/file.js';
import { lookUpFile } from '../bytes/open-file.js';
import type { DatasetNote } from '../notes.js';
import type { OnProgress } from '../progress.js';
import { createTally, type Tally } from './fault-counter.js';
import { refuseUnusedKeys } from './columns.js';
import { isMetadata, isPicture, isText } from './kinds.js';
import { noneInvalid, pairTable } from './pair-table.js';
import { collectRows, type FolderRows } from './rows.js';
import type { FolderListing } from './scan.js';
import type { ResolvedFolderSpec } from './spec.js';
import { readTextFiles } from './text-files.js';

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
  const empty = { faults: [], notes: [], withoutPicture: createTally(), unpairedText: createTally() };
  const captionFile = chooseCaptionFile(spec.captions, listing.files);
  if (captionFile !== undefined) {
    return { ...empty, ...(await pairCaptionFile(spec, listing, pictures, captionFile, onProgress)) };
  }
  refuseUnusedKeys(spec, 'no file of the folder has columns');
  if (spec.captions === 'none') {
    const rows = collectRows(listing.files);
    for (const picture of pictures) rows.add(picture, '');
    return { ...empty, rows: rows.finish(), withoutCaption: createTally(), invalidText: noneInvalid };
  }
  const { unpaired, ...pairs } = await readTextFiles(spec.path, listing, pictures);
  return { ...empty, ...pairs, unpairedText: unpaired };
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
  const { files } = listing;
  const withoutPicture = createTally();
  const withoutCaption = createTally();
  if (!files.includes(captionFile)) {
    const fault = `captions must be a file in ${spec.path}; received ${captionFile}. Put it there, or leave captions out.`;
    const rows = collectRows(files).finish();
    return { rows, faults: [fault], notes: [], withoutPicture, withoutCaption, invalidText: noneInvalid };
  }
  const read = await pairTable(spec, listing, await fileOf(spec.path, captionFile), captionFile, onProgress);
  for (const picture of pictures) {
    if (read.named[picture]) continue;
    read.rows.add(picture, '');
    read.withoutCaption.add(files[picture]!);
  }
  return { ...read, rows: read.rows.finish(), captionFile };
}

/** A file of a folder, or the copy of one of a bucket. */
async function fileOf(folder: string, name: string): Promise<string> {
  const place = placeIn(folder, name);
  return isRemote(place) ? localCopy((await lookUpFile(place))!) : place; // the listing named it
}
