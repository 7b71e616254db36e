import { isAbsolute, relative, resolve, sep } from 'node:path';
import { isRemote } from '../bytes/file.js';
import type { OnProgress } from '../dataset.js';
import { createFaultCounter, createTally, type DatasetNote, noteOf } from '../notes.js';
import type { ColumnKeys } from '../spec-rules.js';
import { type CaptionFile, refuseAbsentKeys, refuseUnusedKeys } from './columns.js';
import { openCsv } from './csv.js';
import { endingOf, type FolderListing, isInside, isUndecodable } from './files.js';
import { openJsonl } from './jsonl.js';
import { openText } from './read-text.js';
import { collectRows } from './rows.js';

/** What is known of a file's encoding where it is no text. */
export const noneInvalid: DatasetNote = { code: 'invalid-utf8', count: 0, places: [] };

/** What {@link pairTable} is told. */
interface TableSettings extends ColumnKeys {
  /** The folder as it was given, for absolute names of pictures. */
  readonly path: string;
  readonly allowMissingCaptions: boolean;
}

/**
 * Reads a caption file and looks up the picture of each row.
 *
 * @param file - Where it lies.
 * @param name - What to call it in messages.
 * @throws InvalidInput for keys that name no column.
 * @returns The rows, not finished, and which files of the listing they name.
 */
export async function pairTable(
  spec: TableSettings,
  listing: FolderListing,
  path: string,
  name: string,
  onProgress?: OnProgress,
) {
  const { file, invalidText } = await openCaptions(spec, path, name);
  const { normalized, outside, ...found } = await lookUpRows(file, listing, spec.path, onProgress);
  refuseAbsentKeys(name, spec, file.columns());
  const faults = [...file.faults.lines(), ...outside.lines()];
  return { ...found, faults, notes: [...file.notes(), noteOf('normalized-name', normalized)], invalidText };
}

/** Opens a caption file by its ending. */
async function openCaptions(
  spec: TableSettings,
  path: string,
  name: string,
): Promise<{ readonly file: CaptionFile; readonly invalidText: DatasetNote }> {
  const isCsv = /\.(csv|tsv|txt|token)$/i.test(name);
  if (!isCsv) refuseUnusedKeys(spec, 'no character separates columns', ['separator']);
  if (/\.parquet$/i.test(name)) {
    const { openParquetCaptions } = await import('../parquet/read-texts.js');
    return { file: await openParquetCaptions(path, name, spec), invalidText: noneInvalid };
  }
  const text = await openText(path, name);
  const file = isCsv
    ? await openCsv(text, name, !spec.allowMissingCaptions, spec)
    : await openJsonl(text, name, spec);
  return { file, invalidText: text.invalid };
}

/** Looks up the picture of each row. */
async function lookUpRows(file: CaptionFile, listing: FolderListing, path: string, onProgress?: OnProgress) {
  const files = [...listing.files];
  const rows = collectRows(files, (number) => file.placeOf(number));
  const named = new Uint8Array(listing.files.length);
  const [findHere, findThere] = [fileFinder(listing, path), remoteFinder(files)];
  const [withoutPicture, withoutCaption, normalized] = [createTally(), createTally(), createTally()];
  const outside = createFaultCounter();
  for await (const block of file.rows(onProgress)) {
    for (const { image, caption, ...given } of block) {
      const { number } = given;
      const isThere = listing.unlisted || isRemote(image);
      const found = isThere ? findThere(image) : findHere(image);
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
        rows.add(found.at, caption, given);
      }
    }
  }
  return { rows, named, withoutPicture, withoutCaption, normalized, outside };
}

/** Where a named file lies in a listing. */
interface FoundFile {
  /** Index into `listing.files`; undefined where it is not there. */
  readonly at?: number;
  /** Why it is not there. */
  readonly missing?: 'outside' | 'absent';
  /** The name is only the same after Unicode normalization: ü as one letter, or as u with two dots. */
  readonly normalized?: boolean;
}

/** Takes names for files of a server, each once, and adds them to a list. */
function remoteFinder(files: string[]): (name: string) => FoundFile & { readonly at: number } {
  const places = new Map<string, number>();
  return (name) => {
    const at = places.get(name) ?? files.push(name) - 1;
    places.set(name, at);
    return { at };
  };
}

/**
 * Looks up files by the names that captions give them: relative to the folder, or absolute and inside it. Names that
 * differ only in how accents are stored are the same, as macOS changes that.
 *
 * @param path - The folder as it was given.
 */
function fileFinder({ root, files }: FolderListing, path: string): (name: string) => FoundFile {
  let latest = 0;
  let byNormalized: Map<string, number> | undefined;
  const relativeTo = (name: string): string => {
    if (!isAbsolute(name)) return name;
    const inside = [resolve(path), root].map((from) => relative(from, name)).find(isInside);
    return inside === undefined ? name : inside.split(sep).join('/');
  };
  return (given) => {
    // Captions mostly come in the order of their pictures, and those of one picture together.
    if (files[latest] === given) return { at: latest };
    if (files[latest + 1] === given) return { at: ++latest };
    const name = relativeTo(given);
    if (!isInside(name)) return { missing: 'outside' };
    const at = indexOfSorted(files, name);
    if (at >= 0) {
      latest = at;
      return { at };
    }
    byNormalized ??= new Map(files.map((file, index) => [file.normalize('NFC'), index]));
    const same = byNormalized.get(name.normalize('NFC'));
    return same === undefined ? { missing: 'absent' } : { at: same, normalized: true };
  };
}

/** Where a text stands in a list in the order of code units; −1 if it does not. Takes no memory, unlike a map. */
function indexOfSorted(sorted: readonly string[], text: string): number {
  let low = 0;
  let high = sorted.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const found = sorted[middle]!;
    if (found === text) return middle;
    if (found < text) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}
