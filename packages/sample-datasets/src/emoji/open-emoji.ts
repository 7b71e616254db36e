import { createHash } from 'node:crypto';
import { unusable } from '@m3ae/errors';
import { createListDataset, type Dataset, type OnProgress, packTexts } from '@m3ae/datasets';
import { openPictureCache, type PictureCache, readPixels } from '../cache/picture-cache.js';
import { renderDrawings } from '../cache/render.js';
import {
  type EmojiSpec,
  type EmojiSplit,
  type EmojiVendor,
  type ResolvedEmojiSpec,
  resolveEmojiSpec,
} from './spec.js';
import { createDrawingReader, packagesOf, type ReadDrawings } from './art.js';
import { type EmojiCatalog, type EmojiEntry, readCatalog, splitOf } from './catalog.js';

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
  const view = { split, labelKind, captionSeparator, ...(drawn && { shuffleTags, dropTags }) };
  const facts = {
    name: `emoji/${split}`,
    kind: 'paired' as const,
    length: rows.length,
    fingerprint: createHash('sha256').update(cache.fingerprint).update(JSON.stringify(view)).digest('hex'),
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

/** Raise it when the rendering or the splits change, so that caches made before are rebuilt. */
const formatVersion = 1;

/** One rendered drawing: which emoji, by whom, and what it may be used for. */
export interface EmojiRecord extends EmojiEntry {
  readonly vendor: EmojiVendor;
  readonly split: EmojiSplit;
}

interface EmojiIndex {
  readonly records: readonly EmojiRecord[];
  readonly groups: readonly string[];
  readonly subgroups: readonly string[];
  /** Side of the pictures in pixels. */
  readonly size: number;
}

/** The rendered drawings of emoji, and their classes. */
type EmojiCache = PictureCache<EmojiIndex>;

/**
 * Opens the rendered drawings, rendering them first where needed.
 *
 * @param spec - Which vendors, size and skin tones.
 * @param onProgress - Told of each rendered picture.
 * @param art - Where drawings come from; the installed packages.
 */
export async function openCache(
  spec: ResolvedEmojiSpec,
  onProgress?: OnProgress,
  art: (catalog: EmojiCatalog) => ReadDrawings = createDrawingReader,
): Promise<EmojiCache> {
  return openPictureCache({
    folder: spec.cacheFolder,
    prefix: 'emoji',
    options: { size: spec.size, skinTones: spec.skinTones, vendors: spec.vendors },
    packages: packagesOf(spec.vendors),
    formatVersion,
    render: () => renderEmoji(spec, art, onProgress),
  });
}

async function renderEmoji(
  spec: ResolvedEmojiSpec,
  art: (catalog: EmojiCatalog) => ReadDrawings,
  onProgress?: OnProgress,
): Promise<{ index: EmojiIndex; pixels: Uint8Array }> {
  const catalog = readCatalog();
  const readDrawings = art(catalog);
  const chosen = spec.vendors.flatMap((vendor) =>
    readDrawings(vendor)
      .map((drawing) => ({ ...drawing, vendor, entry: catalog.entries.get(drawing.codePoints)! }))
      .filter(({ entry }) => spec.skinTones || !entry.skinTone),
  );
  const pixels = await renderDrawings(chosen, spec.size, onProgress, (index) => chosen[index]!.codePoints);
  const records = chosen.map(({ entry, vendor }) => ({ ...entry, vendor, split: splitOf(entry, vendor) }));
  const { groups, subgroups } = catalog;
  return { index: { records, groups, subgroups, size: spec.size }, pixels };
}
