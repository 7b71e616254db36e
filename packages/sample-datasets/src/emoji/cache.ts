import { openPictureCache, type PictureCache } from '../cache/picture-cache.js';
import { renderDrawings } from '../cache/render.js';
import type { OnProgress } from '@m3ae/datasets';
import { createDrawingReader, packagesOf, type ReadDrawings } from './art.js';
import { type EmojiCatalog, type EmojiEntry, readCatalog } from './catalog.js';
import type { EmojiSplit, EmojiVendor, ResolvedEmojiSpec } from './spec.js';
import { splitOf } from './splits.js';

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
export type EmojiCache = PictureCache<EmojiIndex>;

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
