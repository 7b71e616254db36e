import { throwFaults } from '@m3ae/errors';
import { foldIn, randomInteger, type RngKey } from '@m3ae/random';
import { type Interval, percentileInterval } from '../../classification/accuracy.js';
import { otherScene, pointAt, type Pointing, type Pointings, relativeMaps, sameScene } from './measure.js';
import { boxOnGrid, pointingFaults, type PointingOptions, type PointingScene } from './scenes.js';

/** Means over words. */
export interface PointingMeasures {
  /** Pointing game: share of words whose largest patch has its center in the box. */
  readonly accuracy: Interval;
  /** Share of a word's attention to patches that falls inside the box. */
  readonly inside: Interval;
  /** `inside` over the box's share of the picture; 1 is chance. */
  readonly density: Interval;
}

/** The same maps on boxes that are not theirs. */
export interface PointingControl extends PointingMeasures {
  /** Words that have such a box. */
  readonly words: number;
  /** Right box less wrong box, word by word; an interval above 0 says that the map knows its thing. */
  readonly difference: PointingMeasures;
}

/** Result of {@link pointingScore}. */
export interface PointingScore extends PointingMeasures {
  readonly scenes: number;
  readonly words: number;
  /** Exact expectations: of a patch drawn at random, and of an even map. */
  readonly chance: { readonly accuracy: number; readonly inside: number };
  /** `accuracy` over its chance. */
  readonly timesChance: Interval;
  readonly control: {
    /** Boxes of the other words of the same scene, their mean; null if every scene has one word. */
    readonly sameScene: PointingControl | null;
    /** The box of a word drawn from another scene; null if there is one scene. */
    readonly otherScene: PointingControl | null;
  };
}

/**
 * Scores whether words look at what they name.
 *
 * The largest patch counts, by its center, and not the largest pixel of a smoothed map: nothing then depends on a filter.
 * Attention likes some places whatever the word, above all where there is any thing at all; the box of another word of
 * the same picture shows how much of a score is due to that.
 *
 * @param scenes - Maps and boxes; scenes without words are left out.
 * @returns Means over words, with intervals over scenes.
 * @throws InvalidInput with one line for each fault: no words, a map of another length or with a value that is negative
 * or not finite, a box without area inside the picture, an option out of range.
 *
 * @example
 * ```ts
 * const { accuracy, chance, control } = pointingScore(scenes, { grid: [6, 6], width: 48, height: 48, key: key(0) });
 * ```
 *
 * @see Zhang et al., Top-down Neural Attention by Excitation Backprop, section 4.1, for the pointing game,
 * https://arxiv.org/abs/1608.00507
 */
export function pointingScore(scenes: readonly PointingScene[], options: PointingOptions): PointingScore {
  const filled = scenes.filter(({ words }) => words.length > 0);
  throwFaults(pointingFaults(filled, options));
  const draws = drawScenes(foldIn(options.key, 0), filled.length, options.resamples ?? 1000);
  return scoreOn(filled, options, draws);
}

/** {@link pointingScore} of checked scenes, with scenes drawn for the intervals. */
export function scoreOn(
  given: readonly PointingScene[],
  options: PointingOptions,
  draws: readonly Int32Array[],
): PointingScore {
  const { level = 0.95, relative = false } = options;
  const scenes = relative ? given.map(relativeMaps) : given;
  const boxes = scenes.map(({ words }) => words.map(({ box }) => boxOnGrid(box, options)));
  const right = scenes.map(({ words }, i) => words.map(({ map }, j) => pointAt(map, boxes[i]![j]!)));
  const counts = Float64Array.from(scenes, ({ words }) => words.length);
  const chance = {
    accuracy: perScene(boxes, ({ centers }) => centers),
    inside: perScene(boxes, ({ area }) => area),
  };
  const words = total(counts);
  return {
    scenes: scenes.length,
    words,
    ...measures(right, counts, draws, level),
    chance: { accuracy: total(chance.accuracy) / words, inside: total(chance.inside) / words },
    timesChance: ratioInterval(
      perScene(right, ({ hit }) => hit),
      chance.accuracy,
      draws,
      level,
    ),
    control: {
      sameScene: control(sameScene(scenes, boxes), right, draws, level),
      otherScene: control(otherScene(scenes, boxes, foldIn(options.key, 1)), right, draws, level),
    },
  };
}

const total = (values: PerScene): number => values.reduce((sum, value) => sum + value, 0);

/** Sums over the words of each scene; words without a value add nothing. */
function perScene<Value>(
  lists: readonly (readonly (Value | null)[])[],
  of: (value: Value) => number,
): PerScene {
  return Float64Array.from(lists, (list) =>
    list.reduce((sum, value) => (value === null ? sum : sum + of(value)), 0),
  );
}

function measures(
  pointings: Pointings,
  counts: PerScene,
  draws: readonly Int32Array[],
  level: number,
): PointingMeasures {
  const mean = (name: keyof Pointing) =>
    ratioInterval(
      perScene(pointings, (pointing) => pointing[name]),
      counts,
      draws,
      level,
    );
  return { accuracy: mean('hit'), inside: mean('inside'), density: mean('density') };
}

function control(
  wrong: Pointings,
  right: readonly (readonly Pointing[])[],
  draws: readonly Int32Array[],
  level: number,
): PointingControl | null {
  const counts = perScene(wrong, () => 1);
  const words = total(counts);
  if (words === 0) return null;
  const differences = wrong.map((list, i) =>
    list.map((pointing, j) => {
      if (pointing === null) return null;
      const { hit, inside, density } = right[i]![j]!;
      return {
        hit: hit - pointing.hit,
        inside: inside - pointing.inside,
        density: density - pointing.density,
      };
    }),
  );
  const difference = measures(differences, counts, draws, level);
  return { words, ...measures(wrong, counts, draws, level), difference };
}

/** Scenes drawn with replacement, as often as there are scenes: resamples times [scenes]. */
export function drawScenes(key: RngKey, scenes: number, resamples: number): Int32Array[] {
  return Array.from({ length: resamples }, (_, at) => randomInteger(foldIn(key, at), scenes, 0, scenes));
}

/** One number a scene. */
type PerScene = Float64Array;

/**
 * Sum of `numerators` over that of `denominators`, with the percentile interval over drawn scenes.
 *
 * Scenes are drawn whole, because words of one picture are no independent examples. 0 over 0 is 0.
 */
function ratioInterval(
  numerators: PerScene,
  denominators: PerScene,
  draws: readonly Int32Array[],
  level: number,
): Interval {
  const ratio = (rows: Int32Array) => {
    let above = 0;
    let below = 0;
    for (let at = 0; at < rows.length; at++) {
      above += numerators[rows[at]!]!;
      below += denominators[rows[at]!]!;
    }
    return below === 0 ? 0 : above / below;
  };
  return percentileInterval(
    ratio(Int32Array.from(numerators.keys())),
    Float64Array.from(draws, ratio),
    level,
  );
}
