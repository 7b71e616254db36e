import { resolve } from 'node:path';
import { createNumberList, createTextPacker, packTexts, textAt } from '../content/packed-texts.js';
import type { Dataset } from '../dataset.js';
import { datasetError } from '../errors.js';
import { datasetFromState } from '../from-state.js';
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
  const resolved = resolveFolderSpec(spec);
  const listing = await scanFolder(resolved.path, resolved.followLinks);
  const pairing = await pairFolder(resolved, listing, onProgress);
  const others = otherFilesOf(listing, resolved, pairing.captionFile);
  refuseFaults(resolved, pairing, listing, others);
  const { rows } = pairing;
  const chosen = rowsOfSplit(resolved, rows);
  if (chosen.length === 0) {
    throw datasetError(
      `The ${resolved.split} part of ${resolved.path} is empty. Add pictures, or change validationShare.`,
    );
  }
  const captions = chosen.length === rows.length ? rows.captions : packTexts(textsOf(rows, chosen));
  return datasetFromState({
    name: `folder/${resolved.split}`,
    kind: captions.bytes.length > 0 ? 'paired' : 'image',
    length: chosen.length,
    fingerprint: await fingerprintOf(resolved.path, rows, chosen, onProgress),
    ...labelsOf(resolved, rows, chosen),
    notes: notesOf(pairing, listing, others),
    content: {
      type: 'list',
      captions,
      pictures: {
        type: 'files',
        folder: resolve(resolved.path),
        ...filesOf(rows, chosen),
        maxPixels: resolved.maxPixels,
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
