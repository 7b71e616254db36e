import { openPictureCache, readPixels } from '../cache/picture-cache.js';
import { renderDrawings } from '../cache/render.js';
import { packTexts } from '../content/packed-texts.js';
import type { Dataset } from '../dataset.js';
import { packageFolder, readPackageJson } from '../emoji/packages.js';
import { datasetError } from '../errors.js';
import { datasetFromState } from '../from-state.js';
import { type IconSet, toSvg } from '../iconify.js';
import type { OnProgress } from '../progress.js';
import { type IconSpec, resolveIconSpec } from './spec.js';

/** Raise it when the rendering or the choice of icons changes, so that caches made before are rebuilt. */
const formatVersion = 1;

interface IconRecord {
  readonly name: string;
}

/**
 * Opens the drawings of an Iconify set, rendering them into `cacheFolder` the first time: on white, those of one
 * colour in black. Hidden icons and aliases are left out. A caption is the icon's name in words.
 *
 * @param spec - Which set, and how large.
 * @param onProgress - Called after each rendered picture; not at all when the cache is whole.
 * @throws RangeError if an option is unknown or out of range.
 * @throws DatasetError if the package is not installed (with the npm command), or its drawings cannot be read.
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
  packageFolder(name, [name]); // Missing, it is named with its own command.
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
  return datasetFromState({
    name: `icons/${set}`,
    kind: 'paired',
    length: records.length,
    fingerprint,
    notes: [],
    content: {
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
    },
  });
}

/** The npm package of an Iconify set. */
export function iconPackage(set: string): string {
  return `@iconify-json/${set}`;
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
  if (drawings.length === 0) throw datasetError(`${name} holds no icons. Reinstall it: npm i ${name}`);
  const pixels = await renderDrawings(drawings, size, onProgress, (index) => drawings[index]!.name);
  return { index: { records: drawings.map((drawing) => ({ name: drawing.name })), size }, pixels };
}
