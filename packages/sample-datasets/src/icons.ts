import { unusable } from '@m3ae/errors';
import { createListDataset, type Dataset, type OnProgress, packTexts } from '@m3ae/datasets';
import { openPictureCache, readPixels } from './cache/picture-cache.js';
import { renderDrawings } from './cache/render.js';
import { type IconSet, readPackageJson, toSvg } from './packages.js';
import { iconPackage, type IconSpec, resolveIconSpec } from './sample-specs.js';

/** Raise it when the rendering or the choice of icons changes, so that caches made before are rebuilt. */
const formatVersion = 1;

interface IconRecord {
  readonly name: string;
}

/**
 * Opens the drawings of an Iconify set, rendering them into `cacheFolder` the first time: on white, those of one
 * color in black. Hidden icons and aliases are left out. A caption is the icon's name in words.
 *
 * @param spec - Which set, and how large.
 * @param onProgress - Called after each rendered picture; not at all when the cache is whole.
 * @throws InvalidInput if an option is unknown or out of range.
 * @throws InvalidInput if the package is not installed (with the npm command), or its drawings cannot be read.
 *
 * @example
 * ```ts
 * const logos = await openIcons({ kind: 'icons', set: 'logos', cacheFolder: 'cache' });
 * logos.caption(0); // '100tb'
 * ```
 */
export async function openIcons(spec: IconSpec, onProgress?: OnProgress): Promise<Dataset> {
  const { set, cacheFolder, size } = resolveIconSpec(spec);
  const name = iconPackage(set);
  const cache = await openPictureCache({
    folder: cacheFolder,
    prefix: 'icons',
    options: { set, size },
    packages: [name],
    formatVersion,
    render: () => renderIcons(name, size, onProgress),
  });
  const { records, fingerprint } = cache;
  const bytes = await readPixels(cache, Int32Array.from(records.keys()));
  const facts = {
    name: `icons/${set}`,
    kind: 'paired' as const,
    length: records.length,
    fingerprint,
    notes: [],
  };
  return createListDataset(facts, {
    type: 'list',
    captions: packTexts(records.map((record) => record.name.replaceAll('-', ' '))),
    pictures: {
      type: 'pixels',
      bytes,
      width: size,
      height: size,
      channels: 3,
      names: records.map((record) => `${set} ${record.name}`),
    },
  });
}

async function renderIcons(
  name: string,
  size: number,
  onProgress?: OnProgress,
): Promise<{ index: { records: IconRecord[]; size: number }; pixels: Uint8Array }> {
  const set = readPackageJson<IconSet>(name, 'icons.json');
  const drawings = Object.entries(set.icons ?? {})
    .filter(([, icon]) => icon.hidden !== true)
    .map(([icon, drawing]) => ({ name: icon, art: { svg: toSvg(set, drawing) } }));
  if (drawings.length === 0) throw unusable(`${name} holds no icons. Reinstall it: npm i ${name}`);
  const pixels = await renderDrawings(drawings, size, onProgress, (index) => drawings[index]!.name);
  return { index: { records: drawings.map((drawing) => ({ name: drawing.name })), size }, pixels };
}
