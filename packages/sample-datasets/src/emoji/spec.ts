import {
  checkOptions,
  flag,
  inInterval,
  integer,
  matching,
  oneOf,
  record,
  rewritten,
  type Rule,
  text,
  withDefault,
} from '@m3ae/errors/rules';

/** The design teams whose drawings can be used; all under open licenses (see DATASET-CARD.md). */
export const emojiVendors = [
  'noto',
  'noto-v1',
  'twemoji',
  'openmoji',
  'fluent-emoji-flat',
  'emojione',
  'fluent-emoji-3d',
] as const;

/** One design team's set of drawings. */
export type EmojiVendor = (typeof emojiVendors)[number];

/** The npm package of a vendor's drawings. */
export function vendorPackage(vendor: EmojiVendor): string {
  return vendor === 'fluent-emoji-3d' ? '@lobehub/fluent-emoji-3d' : `@iconify-json/${vendor}`;
}

/**
 * The disjoint parts of the emoji pairs.
 *
 * - `train`: 80 % of the emoji, less the held-out drawings.
 * - `validation`, `test`: every drawing of 10 % of the emoji each, never seen in training.
 * - `drawingValidation`, `drawingTest`: single drawings of training emoji that were held out; the emoji and
 *   its caption are known from other vendors' drawings.
 * - `flags`: the flags group, held out whole (a shift of meaning).
 * - `openmoji`: the OpenMoji vendor, held out whole (a shift of style).
 */
export const emojiSplits = [
  'train',
  'validation',
  'test',
  'drawingValidation',
  'drawingTest',
  'flags',
  'openmoji',
] as const;

/** Unicode's groups of emoji, in its order: `group` of an entry is the place here. */
export const emojiGroups = [
  'smileys-emotion',
  'people-body',
  'component',
  'animals-nature',
  'food-drink',
  'travel-places',
  'activities',
  'objects',
  'symbols',
  'flags',
] as const;

/** One of {@link emojiGroups}. */
export type EmojiGroup = (typeof emojiGroups)[number];

/** One of {@link emojiSplits}. */
export type EmojiSplit = (typeof emojiSplits)[number];

/** The built-in emoji pairs. */
export interface EmojiSpec {
  readonly kind: 'emoji';
  /** Folder for the rendered pictures; made if missing. About 140 MB for base emoji at 64 px. */
  readonly cacheFolder: string;
  /** Which part; `'all'` for every drawing. Default `'train'`. */
  readonly split?: EmojiSplit | 'all';
  /** Whose drawings; default all seven sets. */
  readonly vendors?: readonly EmojiVendor[];
  /** Side of the rendered pictures in pixels, 8 to 512. Default 64. */
  readonly size?: number;
  /** Whether the skin-tone variants are included. Default false: base emoji only. */
  readonly skinTones?: boolean;
  /** Which classes the labels name: Unicode's subgroups (100) or groups (10). Default `'subgroup'`. */
  readonly labels?: 'subgroup' | 'group';
  /** What stands between the label and the tags of a caption. Default `', '`; the small recipe uses `' '`. */
  readonly captionSeparator?: string;
  /** Whether a training loader puts the tags in another order each time. Default false. */
  readonly shuffleTags?: boolean;
  /** Probability that a training loader leaves a tag out, in [0, 1); the name always stays. Default 0. */
  readonly dropTags?: number;
}

/** An {@link EmojiSpec} with every option filled in. */
export type ResolvedEmojiSpec = Required<EmojiSpec>;

const emojiRule = record({
  kind: oneOf(['emoji'], 'Write "emoji".'),
  cacheFolder: text('Name a folder that may hold about 140 MB, e.g. "cache/emoji".', 'a folder path'),
  split: withDefault(
    oneOf(['all', ...emojiSplits], 'Train on "train"; choose settings on "validation".'),
    'train',
  ),
  vendors: someOf(emojiVendors, 'Leave it out to use all of them.'),
  size: withDefault(integer({ min: 8, max: 512 }, 'Pass a side in pixels, e.g. 64.'), 64),
  skinTones: withDefault(flag('Leave it out for false.'), false),
  labels: withDefault(oneOf(['subgroup', 'group'], 'Leave it out for the 100 subgroups.'), 'subgroup'),
  captionSeparator: withDefault(
    matching<string>('a text', (value) => typeof value === 'string', 'Leave it out for ", ".', ', '),
    ', ',
  ),
  shuffleTags: withDefault(flag('Leave it out for false.'), false),
  dropTags: withDefault(inInterval('[0, 1)', 'Write one third as 0.33.'), 0),
});

/**
 * Fills in the defaults.
 *
 * @throws InvalidInput listing every option that is unknown or out of range.
 */
export function resolveEmojiSpec(spec: EmojiSpec): ResolvedEmojiSpec {
  return checkOptions(emojiRule, spec);
}

/**
 * The rule of a choice among words: some of them at least, by default all. They come in one order whatever the caller's, so that
 * equal choices share a cache and the order of examples.
 */
export function someOf<const Word extends string>(
  words: readonly Word[],
  remedy: string,
): Rule<readonly Word[], readonly Word[] | undefined> {
  const isSome = (chosen: unknown): chosen is readonly Word[] =>
    Array.isArray(chosen) && chosen.length > 0 && chosen.every((word) => words.includes(word as Word));
  const some = matching<readonly Word[]>(`a list of ${words.join(', ')}`, isSome, remedy, words);
  const inOrder = (chosen: unknown) =>
    isSome(chosen) ? words.filter((word) => chosen.includes(word)) : chosen;
  return withDefault(rewritten<readonly Word[], readonly Word[], never>(inOrder, some), words);
}
