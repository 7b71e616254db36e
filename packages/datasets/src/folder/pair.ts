import { join } from 'node:path';
import type { DatasetNote } from '../notes.js';
import type { OnProgress } from '../progress.js';
import type { CaptionFile } from './caption-row.js';
import { openCsv } from './csv.js';
import { createFaultCounter, createTally, type Tally } from './fault-counter.js';
import { fileFinder } from './find-file.js';
import { openJsonl } from './jsonl.js';
import { endingOf, isPicture, isUndecodable } from './kinds.js';
import { openText } from './read-text.js';
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

const noneInvalid: DatasetNote = { code: 'invalid-utf8', count: 0, places: [] };

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
  if (spec.captions === 'none') {
    const rows = collectRows(listing.files);
    for (const picture of pictures) rows.add(picture, '');
    return { ...empty, rows: rows.finish(), withoutCaption: createTally(), invalidText: noneInvalid };
  }
  const { unpaired, ...pairs } = await readTextFiles(spec.path, listing, pictures);
  return { ...empty, ...pairs, unpairedText: unpaired };
}

function chooseCaptionFile(captions: string, files: readonly string[]): string | undefined {
  if (captions === 'txt' || captions === 'none') return undefined;
  if (captions !== 'auto') return captions;
  return ['captions.jsonl', 'captions.csv'].find((name) => files.includes(name));
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
  const text = await openText(join(spec.path, captionFile), captionFile);
  const file = captionFile.toLowerCase().endsWith('.csv')
    ? await openCsv(text, captionFile, !spec.allowMissingCaptions)
    : await openJsonl(text, captionFile);
  const joined = await joinRows(file, listing, spec, { withoutPicture, withoutCaption }, onProgress);
  const { rows, named, normalized, outside } = joined;
  for (const picture of pictures) {
    if (named[picture]) continue;
    rows.add(picture, '');
    withoutCaption.add(files[picture]!);
  }
  return {
    rows: rows.finish(),
    captionFile,
    faults: [...file.faults.lines(), ...outside],
    notes: [...file.notes(), { code: 'normalized-name', count: normalized.count, places: normalized.places }],
    withoutPicture,
    withoutCaption,
    invalidText: text.invalid,
  };
}

/** Looks up the picture of each row. */
async function joinRows(
  file: CaptionFile,
  listing: FolderListing,
  { path }: ResolvedFolderSpec,
  { withoutPicture, withoutCaption }: Pick<Pairing, 'withoutPicture' | 'withoutCaption'>,
  onProgress?: OnProgress,
) {
  const rows = collectRows(listing.files, (number) => file.placeOf(number));
  const named = new Uint8Array(listing.files.length);
  const find = fileFinder(listing, path);
  const normalized = createTally();
  const outside = createFaultCounter();
  for await (const block of file.rows(onProgress)) {
    for (const { image, caption, label, number } of block) {
      const found = find(image);
      if (found.missing === 'outside') {
        const sentence = () =>
          `${file.placeOf(number)} names ${image}, outside the folder. Name pictures inside it.`;
        outside.add('outside', sentence);
      } else if (found.at === undefined) {
        withoutPicture.add(`${file.placeOf(number)} (${image})`);
      } else if (isUndecodable(image)) {
        withoutPicture.add(`${file.placeOf(number)} (${image}: ${endingOf(image)} is not read)`);
      } else {
        if (found.normalized) normalized.add(file.placeOf(number));
        if (caption === '') withoutCaption.add(image);
        named[found.at] = 1;
        rows.add(found.at, caption, label, number);
      }
    }
  }
  return { rows, named, normalized, outside: outside.lines() };
}
