import { type EmojiVendor, emojiVendors, vendorPackage } from './emoji/spec.js';
import { iconPackage } from './sample-specs.js';
import { type IconifyInfo, packageVersion, readPackageJson } from './packages.js';

/** Who drew a set, and under which license: what must stand beside pictures that are shown. */
export interface DrawingCredit {
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

/** The credit of a design team's emoji. */
export interface EmojiCredit extends DrawingCredit {
  readonly vendor: EmojiVendor;
}

/** The credit of an Iconify set. */
export interface IconCredit extends DrawingCredit {
  readonly set: string;
}

/** The 3-D set has no info.json: it packs the 3-D style of Microsoft's Fluent Emoji. */
const threeDInfo: IconifyInfo = {
  name: 'Fluent Emoji 3D',
  author: { name: 'Microsoft Corporation', url: 'https://github.com/microsoft/fluentui-emoji' },
  license: { title: 'MIT', url: 'https://github.com/microsoft/fluentui-emoji/blob/main/LICENSE' },
};

function drawingCredit(packageName: string, info?: IconifyInfo): DrawingCredit {
  const { name, author, license } = info ?? readPackageJson<IconifyInfo>(packageName, 'info.json');
  return {
    title: name,
    author: author.name,
    authorUrl: author.url,
    license: license.title,
    licenseUrl: license.url,
    source: `${packageName} ${packageVersion(packageName)}`,
  };
}

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
  return vendors.map((vendor) => ({
    vendor,
    ...drawingCredit(vendorPackage(vendor), vendor === 'fluent-emoji-3d' ? threeDInfo : undefined),
  }));
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
  return sets.map((set) => ({ set, ...drawingCredit(iconPackage(set)) }));
}

/** Who made data, and under which license. */
export interface SampleCredit {
  readonly name: string;
  readonly author: string;
  readonly license: string;
}

/** What is read of a source; one of another kind is nobody's of ours. */
export interface CreditedSource {
  readonly kind: string;
  readonly vendors?: readonly EmojiVendor[];
  readonly set?: string;
}

const names: SampleCredit = {
  name: 'emojibase (names and tags, after Unicode CLDR)',
  author: 'Miles Johnson',
  license: 'MIT, Unicode license',
};
const wordnet: SampleCredit = {
  name: 'WordNet 3.1',
  author: 'Princeton University',
  license: 'WordNet license',
};

const drawn = (credits: readonly DrawingCredit[]) =>
  credits.map(({ title, author, license }) => ({ name: title, author, license }));

function creditsOf({ kind, vendors, set }: CreditedSource): SampleCredit[] {
  if (kind === 'emoji' || kind === 'scenes') return [...drawn(emojiCredits(vendors)), names];
  if (kind === 'icons' && set !== undefined) return drawn(iconCredits([set]));
  return kind === 'wordnet' ? [wordnet] : [];
}

/**
 * Who made the built-in data among some sources, each once; empty for a person's own.
 *
 * @throws InvalidInput if a package of drawings is missing.
 */
export function sampleCredits(sources: readonly CreditedSource[]): SampleCredit[] {
  return [...new Map(sources.flatMap(creditsOf).map((credit) => [credit.name, credit])).values()];
}
