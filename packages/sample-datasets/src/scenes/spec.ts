import { collectFaults } from '@m3ae/errors';
import {
  type EmojiGroup,
  emojiGroups,
  type EmojiSplit,
  emojiSplits,
  type EmojiVendor,
  emojiVendors,
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

const isRising = ([low, high]: readonly [number, number]): boolean => low <= high;

/**
 * Fills in the defaults.
 *
 * @throws InvalidInput listing every option that is unknown or out of range.
 */
export function resolveSceneSpec(spec: SceneSpec): ResolvedSceneSpec {
  const split = spec.split ?? 'train';
  const resolved: ResolvedSceneSpec = {
    kind: 'scenes',
    cacheFolder: spec.cacheFolder,
    split,
    length: spec.length ?? (split === 'train' ? 20_000 : 2_000),
    seed: spec.seed ?? 0,
    vendors: spec.vendors ?? emojiVendors,
    groups: spec.groups ?? emojiGroups,
    size: spec.size ?? 64,
    skinTones: spec.skinTones ?? false,
    parts: spec.parts ?? [2, 4],
    side: spec.side ?? [0.3, 0.5],
    softBackground: spec.softBackground ?? 0.5,
    separator: spec.separator ?? ' and ',
    tags: spec.tags ?? 0,
    tagSeparator: spec.tagSeparator ?? ' ',
    maxNameWords: spec.maxNameWords ?? 3,
  };
  refuseFaults(spec, resolved);
  // One order whatever the caller's, so that equal choices give equal scenes.
  return { ...resolved, groups: emojiGroups.filter((group) => resolved.groups.includes(group)) };
}

function refuseFaults(spec: SceneSpec, resolved: ResolvedSceneSpec): void {
  const { split, length, seed, groups, size, parts, side, softBackground, tags, maxNameWords } = resolved;
  const faults = collectFaults();
  const atLeast = (least: number, value: number): boolean => Number.isInteger(value) && value >= least;
  const pairOf = (pair: readonly [number, number], fits: (value: number) => boolean): boolean =>
    Array.isArray(pair) && pair.length === 2 && pair.every(fits) && isRising(pair);
  faults.refuseUnknown('', spec, Object.keys(resolved));
  const isSplit = emojiSplits.includes(split);
  const splits = `one of ${emojiSplits.join(', ')}`;
  faults.require(isSplit, 'split', splits, split, 'Train on "train"; measure on "drawingTest" and "test".');
  const scenes = 'Pass a number of scenes, e.g. 20000.';
  faults.require(atLeast(1, length), 'length', 'a positive integer', length, scenes);
  faults.require(!(length > mostScenes), 'length', `at most ${mostScenes}`, length, scenes);
  const isSeed = atLeast(0, seed) && seed <= Number.MAX_SAFE_INTEGER;
  faults.require(isSeed, 'seed', 'an integer of at least 0', seed, 'Leave it out for 0.');
  const areGroups =
    Array.isArray(groups) && groups.length > 0 && groups.every((group) => emojiGroups.includes(group));
  const someGroups = `a list of ${emojiGroups.join(', ')}`;
  faults.require(areGroups, 'groups', someGroups, groups, 'Leave it out for all of them.');
  const isSize = atLeast(16, size) && size <= 512;
  faults.require(isSize, 'size', 'an integer from 16 to 512', size, 'Pass a side in pixels, e.g. 64.');
  const areParts = pairOf(parts, (value) => atLeast(1, value) && value <= 4);
  faults.require(areParts, 'parts', 'two rising integers from 1 to 4', parts, 'Write e.g. [2, 4].');
  const isSide = pairOf(side, (value) => value >= 0.1 && value <= 0.5);
  faults.require(isSide, 'side', 'two rising shares from 0.1 to 0.5', side, 'Write e.g. [0.3, 0.5].');
  const isShare = softBackground >= 0 && softBackground <= 1;
  const half = 'Write one half as 0.5; 0 is always white.';
  faults.require(isShare, 'softBackground', 'a probability in [0, 1]', softBackground, half);
  faults.require(atLeast(0, tags), 'tags', 'an integer of at least 0', tags, 'Use 0 for names alone.');
  faults.require(!(tags > mostWords), 'tags', `at most ${mostWords}`, tags, 'Use 0 for names alone.');
  const words = 'Leave it out for names of up to three words.';
  faults.require(atLeast(1, maxNameWords), 'maxNameWords', 'a positive integer', maxNameWords, words);
  faults.require(!(maxNameWords > mostWords), 'maxNameWords', `at most ${mostWords}`, maxNameWords, words);
  for (const field of ['separator', 'tagSeparator'] as const) {
    const text = resolved[field];
    const isText = typeof text === 'string' && text !== '';
    faults.require(isText, field, 'a non-empty string', text, 'Write e.g. " and ".');
  }
  faults.throwIfAny();
}
