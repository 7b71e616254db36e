import { resolve } from 'node:path';
import { createNumberList, createTextPacker, packTexts, textAt } from '../content/packed-texts.js';
import type { Dataset } from '../dataset.js';
import { datasetError } from '../errors.js';
import { datasetFromState } from '../from-state.js';
import type { DatasetNote } from '../notes.js';
import type { OnProgress } from '../progress.js';
import { isInSplit, labelsOf } from './classes.js';
import { fingerprintOf } from './fingerprint.js';
import { notesOf, otherFilesOf } from './notes.js';
import { pairFolder } from './pair.js';
import { refuseFaults } from './refuse-faults.js';
import type { FolderRows } from './rows.js';
import { scanFolder } from './scan.js';
import { type FolderSpec, type ResolvedFolderSpec, resolveFolderSpec } from './spec.js';

/**
 * Opens a folder of pictures with captions. Captions are read and checked; pictures are decoded only when asked for.
 *
 * @param onProgress - Told how far a large folder is read.
 * @throws RangeError if an option is unknown or out of range.
 * @throws DatasetError listing everything that is wrong at once: a missing or empty folder, captions without
 * pictures, pictures without captions, unreadable caption files, paths that leave the folder.
 *
 * @example
 * ```ts
 * const photos = await openFolder({ kind: 'folder', path: 'photos' }); // photos/cat.jpg, photos/cat.txt, …
 * ```
 */
export async function openFolder(spec: FolderSpec, onProgress?: OnProgress): Promise<Dataset> {
  const [dataset] = await openFolderSplits(spec, [spec.split ?? 'all'], onProgress);
  return dataset!;
}

/**
 * Opens several splits of a folder, which is read once for all of them.
 *
 * @param spec - The folder; its own `split` does not count.
 * @param splits - One dataset for each comes back, in this order, as {@link openFolder} would open it.
 * @throws RangeError and DatasetError as {@link openFolder} does.
 *
 * @example
 * ```ts
 * const [train, validation] = await openFolderSplits({ kind: 'folder', path: 'photos' }, ['train', 'validation']);
 * ```
 */
export async function openFolderSplits(
  spec: FolderSpec,
  splits: readonly NonNullable<FolderSpec['split']>[],
  onProgress?: OnProgress,
): Promise<Dataset[]> {
  const resolved = splits.map((split) => resolveFolderSpec({ ...spec, split }));
  const [shared] = resolved;
  if (!shared) return [];
  const listing = await scanFolder(shared.path, shared.followLinks);
  const pairing = await pairFolder(shared, listing, onProgress);
  const others = otherFilesOf(listing, shared, pairing.captionFile);
  refuseFaults(shared, pairing, listing, others);
  const notes = notesOf(pairing, listing, others);
  const datasets: Dataset[] = [];
  for (const one of resolved) datasets.push(await openSplit(one, pairing.rows, notes, onProgress));
  return datasets;
}

async function openSplit(
  spec: ResolvedFolderSpec,
  rows: FolderRows,
  notes: readonly DatasetNote[],
  onProgress?: OnProgress,
): Promise<Dataset> {
  const chosen = rowsOfSplit(spec, rows);
  if (chosen.length === 0) {
    throw datasetError(
      `The ${spec.split} part of ${spec.path} is empty. Add pictures, or change validationShare.`,
    );
  }
  const captions = chosen.length === rows.length ? rows.captions : packTexts(textsOf(rows, chosen));
  return datasetFromState({
    name: `folder/${spec.split}`,
    kind: captions.bytes.length > 0 ? 'paired' : 'image',
    length: chosen.length,
    fingerprint: await fingerprintOf(spec.path, rows, chosen, onProgress),
    ...labelsOf(spec, rows, chosen),
    notes,
    content: {
      type: 'list',
      captions,
      pictures: {
        type: 'files',
        folder: resolve(spec.path),
        ...filesOf(rows, chosen),
        maxPixels: spec.maxPixels,
      },
    },
  });
}

function rowsOfSplit(spec: ResolvedFolderSpec, { length, files, pictures }: FolderRows): Int32Array {
  const used = new Uint8Array(files.length);
  for (const picture of pictures) used[picture] = 1;
  const inside = files.map((file, at) => used[at] === 1 && isInSplit(spec, file));
  const chosen = createNumberList(Int32Array);
  for (let row = 0; row < length; row++) if (inside[pictures[row]!]) chosen.add(row);
  return chosen.finish();
}

function* textsOf({ captions }: FolderRows, chosen: Int32Array): Generator<string, void, void> {
  for (const row of chosen) yield textAt(captions, row)!;
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
