import { readPackageJson } from '../packages.js';

/** One emoji of Unicode, skin-tone variants included. */
export interface EmojiEntry {
  /** Lower-case hexadecimal code points joined by `-`, without the variation selector FE0F. */
  readonly codePoints: string;
  /** Code points of the emoji without skin tone; the same as `codePoints` for a base emoji. */
  readonly baseCodePoints: string;
  /** CLDR short name, e.g. `nerd face`. */
  readonly label: string;
  /** CLDR keywords. */
  readonly tags: readonly string[];
  /** Unicode group, 0 to 9. */
  readonly group: number;
  /** Unicode subgroup, 0 to 99. */
  readonly subgroup: number;
  /** Whether this is a skin-tone variant of a base emoji. */
  readonly skinTone: boolean;
}

/** All emoji by code points, with the names of their classes. */
export interface EmojiCatalog {
  readonly entries: ReadonlyMap<string, EmojiEntry>;
  readonly groups: readonly string[];
  readonly subgroups: readonly string[];
}

interface EmojibaseEntry {
  readonly label: string;
  readonly hexcode: string;
  readonly tags?: readonly string[];
  readonly group?: number;
  readonly subgroup?: number;
  readonly skins?: readonly EmojibaseEntry[];
}

/**
 * Writes code points in the one form used here: lower case, joined by `-`, without FE0F,
 * which vendors add or leave out as they like.
 */
export function normalizeCodePoints(codePoints: string): string {
  return codePoints
    .toLowerCase()
    .split(/[-_ ]/)
    .filter((point) => point !== 'fe0f')
    .join('-');
}

/** Reads emojibase-data (English). The 26 lone regional indicators belong to no group and are left out. */
export function readCatalog(): EmojiCatalog {
  const rows = readPackageJson<EmojibaseEntry[]>('emojibase-data', 'en/data.json');
  const names = readPackageJson<{ groups: Record<string, string>; subgroups: Record<string, string> }>(
    'emojibase-data',
    'meta/groups.json',
  );
  const entries = new Map<string, EmojiEntry>();
  for (const row of rows) {
    const { group, subgroup } = row;
    if (group === undefined || subgroup === undefined) continue;
    const baseCodePoints = normalizeCodePoints(row.hexcode);
    for (const variant of [row, ...(row.skins ?? [])]) {
      const codePoints = normalizeCodePoints(variant.hexcode);
      const skinTone = variant !== row;
      entries.set(codePoints, {
        codePoints,
        baseCodePoints,
        label: variant.label,
        tags: row.tags ?? [],
        group,
        subgroup,
        skinTone,
      });
    }
  }
  return { entries, groups: inOrder(names.groups), subgroups: inOrder(names.subgroups) };
}

function inOrder(names: Record<string, string>): string[] {
  return Object.keys(names)
    .sort((a, b) => Number(a) - Number(b))
    .map((index) => names[index]!);
}
