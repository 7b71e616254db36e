import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Dataset, DatasetNote } from '../dataset.js';
import { datasetError, datasetFaults, listSome } from '../errors.js';
import { fractionOf } from '../fraction.js';
import { datasetFromState } from '../from-state.js';
import type { CaptionRow } from './captions.js';
import { type Pairing, pairFolder } from './pair.js';
import { pictureEndings, scanFolder } from './scan.js';
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

function refuseFaults(spec: ResolvedFolderSpec, pairing: Pairing, escaping: readonly string[]): void {
  const { rows, withoutPicture, withoutCaption, invalidText } = pairing;
  const faults = [...pairing.faults];
  if (escaping.length > 0) {
    faults.push(
      `These links lead out of the folder or nowhere: ${listSome(escaping)}. Copy the files into it.`,
    );
  }
  if (withoutPicture.length > 0) {
    const what = `${withoutPicture.length} captions have no picture: ${listSome(withoutPicture)}`;
    faults.push(`${what}. Add the pictures or remove the captions.`);
  }
  if (withoutCaption.length > 0 && !spec.allowMissingCaptions) {
    const what = `${withoutCaption.length} pictures have no caption: ${listSome(withoutCaption)}`;
    faults.push(`${what}. Add them, set allowMissingCaptions, or use captions: "none".`);
  }
  if (invalidText.length > 0 && spec.strictText) {
    faults.push(`These captions are not valid UTF-8: ${listSome(invalidText)}. Save them as UTF-8.`);
  }
  if (spec.labels !== 'none') {
    const unlabelled = rows.filter((row) => labelOf(spec, row) === undefined).map(({ place }) => place);
    const remedy =
      spec.labels === 'column' ? 'Fill the label column.' : 'Put each class into its own sub-folder.';
    if (unlabelled.length > 0) {
      faults.push(`${unlabelled.length} pictures have no class: ${listSome(unlabelled)}. ${remedy}`);
    }
  }
  if (rows.length === 0 && faults.length === 0) {
    faults.push(`It holds no pictures (${pictureEndings.join(', ')}). Check the path.`);
  }
  if (faults.length > 0) throw datasetFaults(`The folder ${spec.path} cannot be used`, faults);
}

function isInSplit({ split, validationShare }: ResolvedFolderSpec, image: string): boolean {
  if (split === 'all') return true;
  return fractionOf(`folder ${image}`) < validationShare === (split === 'validation');
}

function labelOf(spec: ResolvedFolderSpec, { image, label }: CaptionRow): string | undefined {
  if (spec.labels === 'column') return label;
  return image.includes('/') ? image.slice(0, image.indexOf('/')) : undefined;
}

/** Classes are counted over the whole folder, so that all its splits number them alike. */
function labelsOf(
  spec: ResolvedFolderSpec,
  all: readonly CaptionRow[],
  rows: readonly CaptionRow[],
): { labels?: Int32Array; classNames?: string[] } {
  if (spec.labels === 'none') return {};
  const compare = new Intl.Collator('en', { numeric: true }).compare;
  const classNames = [...new Set(all.map((row) => labelOf(spec, row)!))].sort(compare);
  const places = new Map(classNames.map((name, place) => [name, place]));
  return { classNames, labels: Int32Array.from(rows, (row) => places.get(labelOf(spec, row)!)!) };
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
