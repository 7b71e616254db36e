import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Artwork } from '../cache/render.js';
import { type Icon, type IconSet, packageFolder, readPackageJson, toSvg } from '../packages.js';
import { type EmojiCatalog, flagsGroup, normalizeCodePoints } from './catalog.js';
import { type EmojiVendor, vendorPackage } from './spec.js';

/** One picture to render: an SVG document, or a file for the 3-D set. */
export interface Drawing {
  readonly codePoints: string;
  readonly art: Artwork;
}

/** Lists a vendor's drawings. */
export type ReadDrawings = (vendor: EmojiVendor) => Drawing[];

/** Names of a set's pictures -> code points. */
type Names = ReadonlyMap<string, string>;

/** Sets whose `chars.json` is empty: their icons are found by the names the other sets use. */
const namedOnly: ReadonlySet<EmojiVendor> = new Set(['noto-v1', 'emojione']);
/** Sets whose tables of names are consulted for those, in this order. */
const nameSources = ['noto', 'twemoji', 'openmoji'] as const;

/** The npm packages that are read for the drawings of some vendors, name tables included. */
export function packagesOf(vendors: readonly EmojiVendor[]): string[] {
  const helpers = vendors.some((vendor) => namedOnly.has(vendor)) ? nameSources.map(vendorPackage) : [];
  return [...new Set([...vendors.map(vendorPackage), ...helpers, 'emojibase-data'])].sort();
}

/**
 * Makes the function that lists a vendor's drawings of emoji in the catalog: at most one for each emoji, in the
 * vendor's order. The 3-D set's flags are left out: their origin is not stated.
 */
export function createDrawingReader(catalog: EmojiCatalog): ReadDrawings {
  const sets = new Map<EmojiVendor, IconSet>(); // noto alone is 25 MB of JSON, and is asked for three times.
  const readSet = (vendor: EmojiVendor): IconSet => {
    const set = sets.get(vendor) ?? readPackageJson<IconSet>(vendorPackage(vendor), 'icons.json');
    sets.set(vendor, set);
    return set;
  };
  return (vendor) => {
    if (vendor === 'fluent-emoji-3d') return readThreeD(catalog);
    const names = namedOnly.has(vendor)
      ? sharedNames(nameSources.map((source) => ownNames(source, readSet(source), catalog)))
      : ownNames(vendor, readSet(vendor), catalog);
    return readIcons(readSet(vendor), names);
  };
}

function readIcons(set: IconSet, names: Names): Drawing[] {
  const drawings = new Map<string, Drawing>();
  // Icons before aliases: an alias only fills an emoji that has no drawing of its own.
  for (const name of [...Object.keys(set.icons), ...Object.keys(set.aliases ?? {})]) {
    const codePoints = lookUp(names, name);
    const icon = set.icons[name] ?? parentOf(set, name);
    if (codePoints === undefined || icon === undefined || drawings.has(codePoints)) continue;
    drawings.set(codePoints, { codePoints, art: { svg: toSvg(set, icon) } });
  }
  return [...drawings.values()];
}

function readThreeD(catalog: EmojiCatalog): Drawing[] {
  const folder = join(packageFolder(vendorPackage('fluent-emoji-3d')), 'assets');
  const drawings = new Map<string, Drawing>();
  for (const file of readdirSync(folder).sort()) {
    if (!file.endsWith('.webp')) continue;
    const codePoints = normalizeCodePoints(file.slice(0, -5));
    const entry = catalog.entries.get(codePoints);
    if (!entry || entry.group === flagsGroup || drawings.has(codePoints)) continue;
    drawings.set(codePoints, { codePoints, art: { file: join(folder, file) } });
  }
  return [...drawings.values()];
}

/** Icon name -> code points by the set's own table; aliases follow their parent. */
function ownNames(vendor: EmojiVendor, set: IconSet, { entries }: EmojiCatalog): Names {
  const names = new Map<string, string>();
  const table = readPackageJson<Record<string, string>>(vendorPackage(vendor), 'chars.json');
  for (const [points, name] of Object.entries(table)) {
    const codePoints = normalizeCodePoints(points);
    if (entries.has(codePoints) && !names.has(name)) names.set(name, codePoints);
  }
  for (const [alias, { parent, hFlip, vFlip, rotate }] of Object.entries(set.aliases ?? {})) {
    const codePoints = names.get(parent);
    // A turned alias shows something else than its parent: a hand pointing right, not left.
    if (codePoints === undefined || names.has(alias) || hFlip || vFlip || rotate) continue;
    names.set(alias, codePoints);
  }
  return names;
}

/** Tables joined; the first that knows a name wins. */
function sharedNames(tables: readonly Names[]): Names {
  const names = new Map<string, string>();
  for (const table of tables) {
    for (const [name, codePoints] of table) if (!names.has(name)) names.set(name, codePoints);
  }
  return names;
}

/** Old sets write `flag-for-x`, `flag-for-flag-x` for `flag-x`, and `flag-for-white-flag` for `white-flag`. */
function lookUp(names: Names, name: string): string | undefined {
  return (
    names.get(name) ??
    names.get(name.replace(/^flag-for-(flag-)?/, 'flag-')) ??
    names.get(name.replace(/^flag-for-/, ''))
  );
}

/** The icon an alias stands for; none for a turned one. */
function parentOf(set: IconSet, name: string): Icon | undefined {
  const alias = set.aliases?.[name];
  if (!alias || alias.hFlip || alias.vFlip || alias.rotate) return undefined;
  return set.icons[alias.parent];
}
