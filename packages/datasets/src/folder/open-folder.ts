import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Dataset, DatasetNote } from '../dataset.js';
import { datasetError } from '../errors.js';
import { datasetFromState } from '../from-state.js';
import type { CaptionRow } from './captions.js';
import { isInSplit, labelsOf } from './classes.js';
import { type Pairing, pairFolder } from './pair.js';
import { refuseFaults } from './refuse-faults.js';
import { scanFolder } from './scan.js';
import { type FolderSpec, type ResolvedFolderSpec, resolveFolderSpec } from './spec.js';

/**
 * Opens a folder of pictures with captions. Captions are read and checked; pictures are decoded only when asked for.
 *
 * @throws RangeError if an option is unknown or out of range.
 * @throws DatasetError listing everything that is wrong at once: a missing or empty folder, captions without
 * pictures, pictures without captions, unreadable caption files, paths that leave the folder.
 *
 * @example
 * ```ts
 * const photos = await openFolder({ kind: 'folder', path: 'photos' }); // photos/cat.jpg, photos/cat.txt, …
 * ```
 */
export async function openFolder(spec: FolderSpec): Promise<Dataset> {
  const resolved = resolveFolderSpec(spec);
  const listing = await scanFolder(resolved.path);
  const pairing = await pairFolder(resolved, listing);
  refuseFaults(resolved, pairing, listing.escaping);
  const rows = pairing.rows.filter(({ image }) => isInSplit(resolved, image));
  if (rows.length === 0) {
    throw datasetError(
      `The ${resolved.split} part of ${resolved.path} is empty. Add pictures, or change validationShare.`,
    );
  }
  const { labels, classNames } = labelsOf(resolved, pairing.rows, rows);
  const captions = rows.map(({ caption }) => caption);
  return datasetFromState({
    name: `folder/${resolved.split}`,
    kind: captions.some((caption) => caption !== '') ? 'paired' : 'image',
    length: rows.length,
    fingerprint: await fingerprintOf(resolved, rows),
    labels,
    classNames,
    notes: notesOf(pairing),
    content: {
      type: 'list',
      captions,
      pictures: {
        type: 'files',
        folder: resolve(resolved.path),
        files: rows.map(({ image }) => image),
        maxPixels: resolved.maxPixels,
      },
    },
  });
}

function notesOf({ invalidText, withoutCaption }: Pairing): DatasetNote[] {
  const notes: DatasetNote[] = [
    { code: 'invalid-utf8', count: invalidText.length, places: invalidText.slice(0, 100) },
    { code: 'missing-caption', count: withoutCaption.length, places: withoutCaption.slice(0, 100) },
  ];
  return notes.filter(({ count }) => count > 0);
}

/** Names, sizes, captions and labels; not times, which change when a folder is copied. */
async function fingerprintOf(spec: ResolvedFolderSpec, rows: readonly CaptionRow[]): Promise<string> {
  const hash = createHash('sha256');
  for (const { image, caption, label } of rows) {
    const { size } = await stat(join(spec.path, image));
    hash.update(JSON.stringify([image, size, caption, label ?? null]));
  }
  return hash.digest('hex');
}
