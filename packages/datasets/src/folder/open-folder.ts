import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { unusable } from '@m3ae/errors';
import { isRemote } from '../bytes/file.js';
import { areEmpty, createNumberList, createTextPacker, textAt } from '../content/packed-texts.js';
import { createListDataset } from '../create-dataset.js';
import type { Dataset, OnProgress } from '../dataset.js';
import type { DatasetNote } from '../notes.js';
import { scanBucket, scanFolder } from './files.js';
import { notesOf, otherFilesOf, refuseFaults } from './findings.js';
import { findLayout, isInSplit, labelsOf, type Layout } from './layout.js';
import { pairFolder } from './pair.js';
import { fingerprintOf, type FolderRows, joinRows, textsOfRows } from './rows.js';
import { type FolderSpec, type ResolvedFolderSpec, resolveFolderSpec } from './spec.js';

/**
 * Opens a folder of pictures with captions. Captions are read and checked; pictures are decoded only when asked for.
 *
 * @param onProgress - Told how far a large folder is read.
 * @throws InvalidInput if an option is unknown or out of range.
 * @throws InvalidInput listing everything that is wrong at once: a missing or empty folder, captions without
 * pictures, pictures without captions, unreadable caption files, paths that leave the folder.
 *
 * @example
 * ```ts
 * const photos = await openFolder({ kind: 'folder', path: 'photos' }); // photos/cat.jpg, photos/cat.txt, …
 * ```
 */
export async function openFolder(spec: FolderSpec, onProgress?: OnProgress): Promise<Dataset> {
  const folder = await readFolder(resolveFolderSpec(spec), onProgress);
  return datasetOf(folder, folder.spec.split, onProgress);
}

/** A folder's parts, each a dataset as {@link openFolder} opens its `split`. */
export interface FolderParts {
  readonly train: Dataset;
  /** Null where it has no folder and `validationShare` is 0. */
  readonly validation: Dataset | null;
  /** Null where it has no folder. */
  readonly test: Dataset | null;
}

/**
 * Opens the parts of a folder, which is read once for all of them: its sub-folders `train`, `val` and `test` where all
 * pictures lie in such, else those that a hash of the paths chooses.
 *
 * @param spec - The folder; its own `split` does not count.
 * @throws InvalidInput as {@link openFolder} does, also if a part is empty.
 *
 * @example
 * ```ts
 * const { train, validation } = await openFolderParts({ kind: 'folder', path: 'photos' });
 * ```
 */
export async function openFolderParts(spec: FolderSpec, onProgress?: OnProgress): Promise<FolderParts> {
  const folder = await readFolder(resolveFolderSpec(spec), onProgress);
  const { parts } = folder.layout ?? { parts: new Set() };
  const open = (split: keyof FolderParts, present: boolean) =>
    present ? datasetOf(folder, split, onProgress) : null;
  return {
    train: await datasetOf(folder, 'train', onProgress),
    validation: await open('validation', parts.has('validation') || folder.spec.validationShare > 0),
    test: await open('test', parts.has('test')),
  };
}

/** A folder as it was read, before a part is chosen. */
interface ReadFolder {
  readonly spec: ResolvedFolderSpec;
  readonly rows: FolderRows;
  readonly layout?: Layout;
  readonly notes: readonly DatasetNote[];
}

async function readFolder(spec: ResolvedFolderSpec, onProgress?: OnProgress): Promise<ReadFolder> {
  const isThere = isRemote(spec.path);
  const listing = isThere ? await scanBucket(spec.path) : await scanFolder(spec.path, spec.followLinks);
  const pairing = await pairFolder(spec, listing, onProgress);
  const others = otherFilesOf(listing, spec, pairing.captionFile);
  const found = findLayout(spec, pairing.rows);
  refuseFaults(spec, pairing, listing, others, found);
  const notes = notesOf(pairing, listing, others, found.layout);
  return { spec, rows: pairing.rows, layout: found.layout, notes };
}

async function datasetOf(
  { spec, rows, layout, notes }: ReadFolder,
  split: ResolvedFolderSpec['split'],
  onProgress?: OnProgress,
): Promise<Dataset> {
  const chosen = rowsOfSplit({ ...spec, split }, rows, layout);
  if (chosen.length === 0) {
    const share = split === 'test' ? '' : ', or change validationShare';
    throw unusable(`The ${split} part of ${spec.path} is empty. Add pictures${share}.`);
  }
  const { firsts, captions, captionEnds } =
    spec.examples === 'pictures'
      ? joinRows(rows, chosen)
      : { firsts: chosen, captions: textsOfRows(rows.captions, chosen) };
  const groups = rows.groups && textsOfRows(rows.groups, firsts);
  const ofRows = await fingerprintOf(spec.path, rows, chosen, onProgress);
  const facts = {
    name: `folder/${split}`,
    kind: areEmpty(captions) ? ('image' as const) : ('paired' as const),
    length: firsts.length,
    // The same rows are other examples where pictures have several.
    fingerprint:
      firsts.length === chosen.length
        ? ofRows
        : createHash('sha256').update(`pictures of ${ofRows}`).digest('hex'),
    ...labelsOf(spec, rows, firsts, layout),
    notes,
  };
  const folder = isRemote(spec.path) ? spec.path : resolve(spec.path);
  const files = { folder, ...filesOf(rows, firsts), maxPixels: spec.maxPixels };
  return createListDataset(facts, {
    type: 'list',
    captions,
    captionEnds,
    groups,
    pictures: { type: 'files', ...files },
  });
}

function rowsOfSplit(
  spec: ResolvedFolderSpec,
  { length, files, pictures, groups }: FolderRows,
  layout?: Layout,
): Int32Array {
  const inside = new Int8Array(files.length).fill(-1); // a picture may have several rows
  const chosen = createNumberList(Int32Array);
  for (let row = 0; row < length; row++) {
    const picture = pictures[row]!;
    const group = groups && (textAt(groups, row) || undefined);
    if (inside[picture] === -1) inside[picture] = Number(isInSplit(spec, files[picture]!, layout, group));
    if (inside[picture] === 1) chosen.add(row);
  }
  return chosen.finish();
}

/** The files of the chosen rows, each once, and which of them each row has. */
function filesOf({ files, pictures }: FolderRows, chosen: Int32Array) {
  const newPlaces = new Int32Array(files.length).fill(-1);
  for (const row of chosen) newPlaces[pictures[row]!] = 0;
  const kept = createTextPacker();
  let count = 0;
  files.forEach((file, at) => {
    if (newPlaces[at] === -1) return;
    kept.add(file);
    newPlaces[at] = count++;
  });
  const places = createNumberList(Int32Array);
  for (const row of chosen) places.add(newPlaces[pictures[row]!]!);
  return { files: kept.finish(), places: places.finish() };
}
