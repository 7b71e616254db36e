import { pluralize, unusable } from '@m3ae/errors';
import { nameOf } from '../bytes/cache.js';
import { usualChunk } from '../bytes/chunks.js';
import { areEmpty } from '../content/packed-texts.js';
import { amountToKeep, endsOfPlaces } from '../content/shards.js';
import { createListDataset } from '../create-dataset.js';
import type { Dataset } from '../dataset.js';
import type { Tally } from '../folder/fault-counter.js';
import type { DatasetNote, NoteCode } from '../notes.js';
import type { OnProgress } from '../progress.js';
import { findFiles } from '../source/find-files.js';
import { unreachableNotes } from '../source/unreachable.js';
import { readShards } from './read-shards.js';
import { resolveWebdatasetSpec, type WebdatasetSpec } from './spec.js';

/**
 * Opens tar archives of pictures, as WebDataset and img2dataset write them. Their headers and captions are read once;
 * pictures are read where they lie when they are asked for, in any order.
 *
 * @param onProgress - Told how many archives are read.
 * @throws InvalidInput if an option is unknown or out of range, no archive is there, or one is damaged or holds links.
 *
 * @example
 * ```ts
 * const photos = await openWebdataset({ kind: 'webdataset', shards: 'cc12m/{00000..00099}.tar' });
 * ```
 */
export async function openWebdataset(spec: WebdatasetSpec, onProgress?: OnProgress): Promise<Dataset> {
  const resolved = resolveWebdatasetSpec(spec);
  const found = await findFiles([resolved.shards].flat());
  const { gaps } = found;
  const index = await readShards(resolved, found.files, onProgress);
  const unreachable = [...found.unreachable, ...index.unreachable];
  const total = found.files.length + found.unreachable.length;
  const notReached = unreachableNotes(unreachable, total, resolved.maxBadShare);
  const { captions, captionEnds, groups, labels, classNames, names, length, withoutCaption, withoutLabel } =
    index.columns;
  if (length === 0) {
    throw unusable(
      `${[resolved.shards].flat().join(', ')}: none of ${pluralize(total, 'archive')} holds a picture. ${index.seen} Set imageKey to the ending of the pictures.`,
    );
  }
  if (labels && withoutLabel > 0)
    throw unusable(
      `${pluralize(withoutLabel, 'picture has', 'pictures have')} no class, and others have. Write a .cls for each.`,
    );
  const isPaired = !areEmpty(captions);
  const { notes: tallies } = index;
  const notes: DatasetNote[] = [
    ...notReached,
    ...index.invalid,
    note('missing-shard', { count: gaps.length, places: gaps.slice(0, 100) }),
    note('half-sample', tallies.half),
    note('dotted-name', tallies.dotted),
    note('repeated-key', tallies.repeated),
    note('missing-caption', { count: isPaired ? withoutCaption : 0, places: [] }),
  ].filter(({ count }) => count > 0);
  const { files, places, starts, lengths } = index;
  const { window, maxPixels } = resolved;
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  const facts = {
    name: `webdataset/${nameOf(index.files[0]!)}${total > 1 ? ` and ${total - 1} more` : ''}`,
    kind: isPaired ? ('paired' as const) : ('image' as const),
    length,
    fingerprint: index.fingerprint,
    ...(labels && { labels, classNames }),
    ...(resolved.shuffle === 'window' && { shards: { ends: endsOfPlaces(places, files.length), window } }),
    notes,
  };
  const pictures = {
    type: 'ranges' as const,
    files,
    places,
    starts,
    lengths,
    names,
    nearBytes: amountToKeep(window, bytes / length, usualChunk),
    maxPixels,
  };
  return createListDataset(facts, { type: 'list', captions, captionEnds, groups, pictures });
}

function note(code: NoteCode, { count, places }: Pick<Tally, 'count' | 'places'>): DatasetNote {
  return { code, count, places };
}
