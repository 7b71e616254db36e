import { collectFaults } from '@m3ae/errors';

/** The drawings of one Iconify set, with their names as captions. */
export interface IconSpec {
  readonly kind: 'icons';
  /** The set: the npm package `@iconify-json/SET` must be installed, e.g. `logos` or `circle-flags`. */
  readonly set: string;
  /** Folder for the rendered pictures; made if missing. About 12 KB a picture at 64 px. */
  readonly cacheFolder: string;
  /** Side of the rendered pictures in pixels, 8 to 512. Default 64. */
  readonly size?: number;
}

/** The npm package of an Iconify set. */
export function iconPackage(set: string): string {
  return `@iconify-json/${set}`;
}

/** An {@link IconSpec} with every option filled in. */
export type ResolvedIconSpec = Required<IconSpec>;

/**
 * Fills in the defaults.
 *
 * @throws InvalidInput listing every option that is unknown or out of range.
 */
export function resolveIconSpec(spec: IconSpec): ResolvedIconSpec {
  const { set, cacheFolder, size = 64 } = spec;
  const resolved: ResolvedIconSpec = { kind: 'icons', set, cacheFolder, size };
  const faults = collectFaults();
  faults.refuseUnknown('', spec, Object.keys(resolved));
  // It becomes part of a package's name and of a file's: nothing that could lead elsewhere.
  const isSet = typeof set === 'string' && /^[a-z0-9]+(-[a-z0-9]+)*$/.test(set);
  faults.require(isSet, 'set', 'the name of an Iconify set', set, 'Write e.g. "logos" or "circle-flags".');
  const isFolder = typeof cacheFolder === 'string' && cacheFolder !== '';
  const folder = 'Name a folder for the rendered pictures, e.g. "cache/emoji".';
  faults.require(isFolder, 'cacheFolder', 'a folder path', cacheFolder, folder);
  const isSize = Number.isInteger(size) && size >= 8 && size <= 512;
  faults.require(isSize, 'size', 'an integer from 8 to 512', size, 'Pass a side in pixels, e.g. 64.');
  faults.throwIfAny();
  return resolved;
}
