import { unusable } from '@m3ae/errors';
import { createHash } from 'node:crypto';
import { createListDataset, type Dataset, type OnProgress, packTexts } from '@m3ae/datasets';
import { readPixels } from '../cache/picture-cache.js';
import { type EmojiCache, type EmojiRecord, openCache } from './cache.js';
import { type EmojiSpec, resolveEmojiSpec } from './spec.js';

/** A `Dataset` that also tells which emoji and vendor each example is. */
export interface EmojiDataset extends Dataset {
  /** One record an example, in order. */
  readonly records: readonly EmojiRecord[];
}

/**
 * Opens the emoji pairs, rendering them into `cacheFolder` the first time.
 *
 * @param spec - Which part, and how it is rendered.
 * @param onProgress - Called after each rendered picture; not at all when the cache is whole.
 * @throws InvalidInput if an option is unknown or out of range.
 * @throws InvalidInput if a data package is missing (with the npm command), or the part is empty.
 *
 * @example
 * ```ts
 * const train = await openEmoji({ kind: 'emoji', cacheFolder: 'cache', split: 'train' });
 * train.caption(0); // 'telephone, phone, …'
 * ```
 */
export async function openEmoji(spec: EmojiSpec, onProgress?: OnProgress): Promise<EmojiDataset> {
  const resolved = resolveEmojiSpec(spec);
  const { split, labels: labelKind, captionSeparator, shuffleTags, dropTags } = resolved;
  const cache = await openCache(resolved, onProgress);
  const rows = Int32Array.from(
    [...cache.records.keys()].filter((row) => split === 'all' || cache.records[row]!.split === split),
  );
  if (rows.length === 0) {
    throw unusable(`The split ${split} of the vendors ${resolved.vendors.join(', ')} is empty. Add vendors.`);
  }
  const records = Array.from(rows, (row) => cache.records[row]!);
  const words = records.map(({ label, tags }) => [label, ...tags]);
  const drawn = shuffleTags || dropTags > 0;
  const facts = {
    name: `emoji/${split}`,
    kind: 'paired' as const,
    length: rows.length,
    fingerprint: fingerprintOf(cache, {
      split,
      labelKind,
      captionSeparator,
      ...(drawn && { shuffleTags, dropTags }),
    }),
    labels: Int32Array.from(records, (record) => record[labelKind]),
    classNames: labelKind === 'group' ? cache.groups : cache.subgroups,
    notes: [],
  };
  const dataset = createListDataset(facts, {
    type: 'list',
    captions: packTexts(words.map((row) => row.join(captionSeparator))),
    ...(drawn && { tags: { words, separator: captionSeparator, shuffle: shuffleTags, drop: dropTags } }),
    pictures: {
      type: 'pixels',
      bytes: await readPixels(cache, rows),
      width: cache.size,
      height: cache.size,
      channels: 3,
      names: records.map(({ vendor, codePoints, label }) => `${vendor} ${codePoints} (${label})`),
    },
  });
  return Object.assign(dataset, { records });
}

function fingerprintOf(cache: EmojiCache, view: object): string {
  return createHash('sha256').update(cache.fingerprint).update(JSON.stringify(view)).digest('hex');
}
