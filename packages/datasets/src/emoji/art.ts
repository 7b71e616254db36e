import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type EmojiCatalogue, normaliseCodePoints } from './catalogue.js';
import { packageFolder, readPackageJson } from './packages.js';
import type { EmojiVendor } from './spec.js';

/** One picture to render: an SVG document, or a file for the 3-D set. */
export interface Drawing {
  readonly codePoints: string;
  readonly art: { readonly svg: string } | { readonly file: string };
}

interface Icon {
  readonly body: string;
  readonly left?: number;
  readonly top?: number;
  readonly width?: number;
  readonly height?: number;
}

interface Alias {
  readonly parent: string;
  readonly hFlip?: boolean;
  readonly vFlip?: boolean;
  readonly rotate?: number;
}

interface IconSet {
  readonly icons: Record<string, Icon>;
  readonly aliases?: Record<string, Alias>;
  readonly width?: number;
  readonly height?: number;
}

const threeD = '@lobehub/fluent-emoji-3d';
const flagsGroup = 9;

/** Sets whose `chars.json` is empty: their icons are found by the names the other sets use. */
const namedOnly: ReadonlySet<EmojiVendor> = new Set(['noto-v1', 'emojione']);
/** Sets whose tables of names are consulted for those, in this order. */
const nameSources = ['noto', 'twemoji', 'openmoji'] as const;

/** The npm package of a vendor's drawings. */
export function vendorPackage(vendor: EmojiVendor): string {
  return vendor === 'fluent-emoji-3d' ? threeD : `@iconify-json/${vendor}`;
}

/** The npm packages that are read for the drawings of some vendors, name tables included. */
export function packagesOf(vendors: readonly EmojiVendor[]): string[] {
  const helpers = vendors.some((vendor) => namedOnly.has(vendor)) ? nameSources.map(vendorPackage) : [];
  return [...new Set([...vendors.map(vendorPackage), ...helpers, 'emojibase-data'])].sort();
}

/**
 * Lists a vendor's drawings of emoji in the catalogue, at most one for each emoji, in the vendor's order.
 * The 3-D set's flags are left out: their origin is not stated.
 */
export function readDrawings(vendor: EmojiVendor, catalogue: EmojiCatalogue): Drawing[] {
  if (vendor === 'fluent-emoji-3d') return readThreeD(catalogue);
  const set = readPackageJson<IconSet>(vendorPackage(vendor), 'icons.json');
  const nameToCode = namedOnly.has(vendor) ? sharedNames(catalogue) : ownNames(vendor, set, catalogue);
  const drawings = new Map<string, Drawing>();
  // Icons before aliases: an alias only fills an emoji that has no drawing of its own.
  for (const name of [...Object.keys(set.icons), ...Object.keys(set.aliases ?? {})]) {
    const codePoints = lookUp(nameToCode, name);
    if (codePoints === undefined || drawings.has(codePoints)) continue;
    const svg = toSvg(set, name);
    if (svg !== undefined) drawings.set(codePoints, { codePoints, art: { svg } });
  }
  return [...drawings.values()];
}

function readThreeD(catalogue: EmojiCatalogue): Drawing[] {
  const folder = join(packageFolder(threeD), 'assets');
  return readdirSync(folder)
    .filter((file) => file.endsWith('.webp'))
    .sort()
    .map((file) => ({
      codePoints: normaliseCodePoints(file.slice(0, -5)),
      art: { file: join(folder, file) },
    }))
    .filter(({ codePoints }) => {
      const entry = catalogue.entries.get(codePoints);
      return entry !== undefined && entry.group !== flagsGroup;
    });
}

/** Icon name -> code points by the set's own table; aliases follow their parent. */
function ownNames(vendor: EmojiVendor, set: IconSet, { entries }: EmojiCatalogue): Map<string, string> {
  const names = new Map<string, string>();
  const table = readPackageJson<Record<string, string>>(vendorPackage(vendor), 'chars.json');
  for (const [points, name] of Object.entries(table)) {
    const codePoints = normaliseCodePoints(points);
    if (entries.has(codePoints) && !names.has(name)) names.set(name, codePoints);
  }
  for (const [alias, { parent, hFlip, vFlip, rotate }] of Object.entries(set.aliases ?? {})) {
    const codePoints = names.get(parent);
    // A turned alias shows something else than its parent (a hand pointing right, not left).
    if (codePoints !== undefined && !names.has(alias) && !hFlip && !vFlip && !rotate)
      names.set(alias, codePoints);
  }
  return names;
}

/** Icon name -> code points by the tables of the sets in {@link nameSources}; the first that knows a name wins. */
function sharedNames(catalogue: EmojiCatalogue): Map<string, string> {
  const names = new Map<string, string>();
  for (const source of nameSources) {
    const set = readPackageJson<IconSet>(vendorPackage(source), 'icons.json');
    for (const [name, codePoints] of ownNames(source, set, catalogue)) {
      if (!names.has(name)) names.set(name, codePoints);
    }
  }
  return names;
}

/** Old sets write `flag-for-x`, `flag-for-flag-x` for `flag-x`, and `flag-for-white-flag` for `white-flag`. */
function lookUp(names: ReadonlyMap<string, string>, name: string): string | undefined {
  return (
    names.get(name) ??
    names.get(name.replace(/^flag-for-(flag-)?/, 'flag-')) ??
    names.get(name.replace(/^flag-for-/, ''))
  );
}

function toSvg(set: IconSet, name: string): string | undefined {
  const alias = set.icons[name] ? undefined : set.aliases?.[name];
  const icon = set.icons[alias?.parent ?? name];
  if (!icon) return undefined;
  const { left = 0, top = 0, width = set.width ?? 16, height = set.height ?? 16 } = icon;
  const middle = `${left + width / 2} ${top + height / 2}`;
  const turns = [
    alias?.rotate ? `rotate(${alias.rotate * 90} ${middle})` : '',
    alias?.hFlip ? `translate(${2 * left + width} 0) scale(-1 1)` : '',
    alias?.vFlip ? `translate(0 ${2 * top + height}) scale(1 -1)` : '',
  ].join('');
  const body = turns === '' ? icon.body : `<g transform="${turns}">${icon.body}</g>`;
  return (
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" ' +
    `viewBox="${left} ${top} ${width} ${height}" width="SIZE" height="SIZE">${body}</svg>`
  );
}
