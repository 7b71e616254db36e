import {
  checkOptions,
  flag,
  inInterval,
  integer,
  list,
  matching,
  oneOf,
  optional,
  record,
  text,
  withDefault,
} from '@m3ae/errors/rules';
import {
  type EmojiGroup,
  emojiGroups,
  type EmojiSplit,
  emojiSplits,
  type EmojiVendor,
  emojiVendors,
  someOf,
} from '../emoji/spec.js';

/**
 * Pictures composed of two to four emoji at known boxes, with a caption that names them in random order.
 * All follows from `seed`, the split, the number of the scene and the drawings; nothing but those is stored.
 */
export interface SceneSpec {
  readonly kind: 'scenes';
  /** Folder of the rendered drawings: that of the emoji pairs, so that both share one cache. */
  readonly cacheFolder: string;
  /**
   * Which part of the emoji pairs the drawings come from; never two parts in one scene. `'drawingTest'` holds unseen
   * drawings of training emoji, `'test'` unseen emoji. Default `'train'`.
   */
  readonly split?: EmojiSplit;
  /** Number of scenes. Default 20,000 for `'train'`, 2,000 for the others. */
  readonly length?: number;
  /** Chance of all scenes; another seed gives others. Default 0. */
  readonly seed?: number;
  /** Whose drawings; default all seven sets. */
  readonly vendors?: readonly EmojiVendor[];
  /** Which emoji, by Unicode's groups; default all ten. Fewer emoji are each seen more often. */
  readonly groups?: readonly EmojiGroup[];
  /** Side of the pictures in pixels, 16 to 512. Default 64. */
  readonly size?: number;
  /** Whether skin-tone variants are among the drawings. Default false. */
  readonly skinTones?: boolean;
  /** Fewest and most emoji in a scene, 1 to 4. Default [2, 4]. */
  readonly parts?: readonly [number, number];
  /** Smallest and largest side of a drawing as shares of the picture's, up to 0.5, so that four always fit. Default [0.3, 0.5]. */
  readonly side?: readonly [number, number];
  /** Probability of a soft plain background instead of white. Default 0.5. */
  readonly softBackground?: number;
  /** What stands between two emoji in the caption. Default `' and '`. */
  readonly separator?: string;
  /** Tags that follow each name, at most. Default 0: names alone. */
  readonly tags?: number;
  /** What stands before each tag. Default `' '`. */
  readonly tagSeparator?: string;
  /** Emoji with longer names are left out, so that four names fit a text of 20 word pieces. Default 3. */
  readonly maxNameWords?: number;
}

/** A {@link SceneSpec} with every option filled in. */
export type ResolvedSceneSpec = Required<SceneSpec>;

/** Their places alone take 4 bytes each. */
const mostScenes = 1e8;
const mostWords = 1000;

const risingPair = (
  rule: string,
  fits: (value: number) => boolean,
  remedy: string,
  usual: readonly [number, number],
) =>
  withDefault(
    matching<readonly [number, number]>(
      rule,
      (pair) => Array.isArray(pair) && pair.length === 2 && pair.every(fits) && pair[0] <= pair[1],
      remedy,
      usual,
    ),
    usual,
  );

const words = (min: number, remedy: string) => integer({ min, limit: mostWords }, remedy);
const joint = text('Write e.g. " and ".');

const sceneRule = record({
  kind: oneOf(['scenes'], 'Write "scenes".'),
  cacheFolder: text('Name the folder of the drawings, e.g. "cache/emoji".', 'a folder path'),
  split: withDefault(oneOf(emojiSplits, 'Train on "train"; measure on "drawingTest" and "test".'), 'train'),
  length: optional(integer({ min: 1, limit: mostScenes }, 'Pass a number of scenes, e.g. 20000.')),
  seed: withDefault(integer({ min: 0 }, 'Leave it out for 0.'), 0),
  vendors: withDefault(
    list(oneOf(emojiVendors), { rule: 'a list of sets', min: 1, remedy: 'Leave it out for all of them.' }),
    emojiVendors,
  ),
  groups: someOf(emojiGroups, 'Leave it out for all of them.'),
  size: withDefault(integer({ min: 16, max: 512 }, 'Pass a side in pixels, e.g. 64.'), 64),
  skinTones: withDefault(flag('Leave it out for false.'), false),
  parts: risingPair(
    'two rising integers from 1 to 4',
    (value) => Number.isInteger(value) && value >= 1 && value <= 4,
    'Write e.g. [2, 4].',
    [2, 4],
  ),
  side: risingPair(
    'two rising shares from 0.1 to 0.5',
    (value) => value >= 0.1 && value <= 0.5,
    'Write e.g. [0.3, 0.5].',
    [0.3, 0.5],
  ),
  softBackground: withDefault(inInterval('[0, 1]', 'Write one half as 0.5; 0 is always white.'), 0.5),
  separator: withDefault(joint, ' and '),
  tags: withDefault(words(0, 'Use 0 for names alone.'), 0),
  tagSeparator: withDefault(joint, ' '),
  maxNameWords: withDefault(words(1, 'Leave it out for names of up to three words.'), 3),
});

/**
 * Fills in the defaults.
 *
 * @throws InvalidInput listing every option that is unknown or out of range.
 */
export function resolveSceneSpec(spec: SceneSpec): ResolvedSceneSpec {
  const resolved = checkOptions(sceneRule, spec);
  return { ...resolved, length: resolved.length ?? (resolved.split === 'train' ? 20_000 : 2_000) };
}
