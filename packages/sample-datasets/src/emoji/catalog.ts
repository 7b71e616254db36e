import { fractionOf } from '@m3ae/datasets';
import { readPackageJson } from '../packages.js';
import type { EmojiSplit, EmojiVendor } from './spec.js';

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

/** Unicode's group number of the flags. */
export const flagsGroup = 9;
/** Shares of the training emoji's drawings that are held out for validation and for the test. */
const drawingValidationShare = 0.05;
const drawingTestShare = 0.1;

/**
 * The part a drawing belongs to. It depends on the base code points and the vendor alone, so that all drawings and
 * skin tones of an unseen emoji stay unseen, and adding a vendor moves nothing.
 *
 * Flags and OpenMoji are held out whole and first; then emoji go 80 / 10 / 10; then 15 % of the (vendor, emoji) pairs
 * of training emoji are held out as unseen drawings.
 *
 * @example
 * ```ts
 * splitOf({ baseCodePoints: '1f1e6-1f1e8', group: 9 }, 'noto'); // 'flags'
 * ```
 */
export function splitOf(
  { baseCodePoints, group }: Pick<EmojiEntry, 'baseCodePoints' | 'group'>,
  vendor: EmojiVendor,
): EmojiSplit {
  if (group === flagsGroup) return 'flags';
  if (vendor === 'openmoji') return 'openmoji';
  const place = fractionOf(`emoji ${baseCodePoints}`);
  if (place >= 0.9) return 'test';
  if (place >= 0.8) return 'validation';
  const drawing = fractionOf(`drawing ${vendor} ${baseCodePoints}`);
  if (drawing < drawingTestShare) return 'drawingTest';
  if (drawing < drawingTestShare + drawingValidationShare) return 'drawingValidation';
  return 'train';
}
