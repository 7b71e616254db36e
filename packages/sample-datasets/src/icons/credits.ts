import { packageVersion, readPackageJson } from '../packages.js';
import type { IconifyInfo } from '../iconify.js';
import { iconPackage } from './spec.js';

/** Who drew an Iconify set, and under which license. */
export interface IconCredit {
  readonly set: string;
  /** Name of the set, e.g. `SVG Logos`. */
  readonly title: string;
  readonly author: string;
  readonly authorUrl: string;
  /** Name of the license, e.g. `CC0`. */
  readonly license: string;
  readonly licenseUrl: string;
  /** npm package and version the drawings are read from. */
  readonly source: string;
}

/**
 * Credits of Iconify sets, read from the installed packages.
 *
 * @throws InvalidInput if a package is missing.
 *
 * @example
 * ```ts
 * iconCredits(['circle-flags'])[0].license; // 'MIT'
 * ```
 */
export function iconCredits(sets: readonly string[]): IconCredit[] {
  return sets.map((set) => {
    const { name, author, license } = readPackageJson<IconifyInfo>(iconPackage(set), 'info.json');
    return {
      set,
      title: name,
      author: author.name,
      authorUrl: author.url,
      license: license.title,
      licenseUrl: license.url,
      source: `${iconPackage(set)} ${packageVersion(iconPackage(set))}`,
    };
  });
}
