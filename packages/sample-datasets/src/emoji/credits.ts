import type { IconifyInfo } from '../iconify.js';
import { packageVersion, readPackageJson } from '../packages.js';
import { type EmojiVendor, emojiVendors, vendorPackage } from './spec.js';

/** Who drew a set, and under which license: what must stand beside pictures that are shown. */
export interface EmojiCredit {
  readonly vendor: EmojiVendor;
  /** Name of the set, e.g. `Noto Emoji`. */
  readonly title: string;
  readonly author: string;
  readonly authorUrl: string;
  /** Name of the license, e.g. `CC BY 4.0`. */
  readonly license: string;
  readonly licenseUrl: string;
  /** npm package and version the drawings are read from. */
  readonly source: string;
}

/** The 3-D set has no info.json: it packs the 3-D style of Microsoft's Fluent Emoji. */
const threeDInfo: IconifyInfo = {
  name: 'Fluent Emoji 3D',
  author: { name: 'Microsoft Corporation', url: 'https://github.com/microsoft/fluentui-emoji' },
  license: { title: 'MIT', url: 'https://github.com/microsoft/fluentui-emoji/blob/main/LICENSE' },
};

/**
 * Credits of the drawings, read from the installed packages. Most of the licenses ask that they are shown with the
 * pictures, e.g. at the foot of a report.
 *
 * @param vendors - Whose; default all.
 * @throws InvalidInput if a package is missing.
 *
 * @example
 * ```ts
 * emojiCredits(['twemoji'])[0].license; // 'CC BY 4.0'
 * ```
 */
export function emojiCredits(vendors: readonly EmojiVendor[] = emojiVendors): EmojiCredit[] {
  return vendors.map((vendor) => {
    const name = vendorPackage(vendor);
    const info = vendor === 'fluent-emoji-3d' ? threeDInfo : readPackageJson<IconifyInfo>(name, 'info.json');
    return {
      vendor,
      title: info.name,
      author: info.author.name,
      authorUrl: info.author.url,
      license: info.license.title,
      licenseUrl: info.license.url,
      source: `${name} ${packageVersion(name)}`,
    };
  });
}
