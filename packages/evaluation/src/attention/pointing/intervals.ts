import { foldIn, randomInteger, type RngKey } from '@m3ae/random';
import { type Interval, quantile } from '../../classification/bootstrap.js';

/** Scenes drawn with replacement, as often as there are scenes: resamples times [scenes]. */
export function drawScenes(key: RngKey, scenes: number, resamples: number): Int32Array[] {
  return Array.from({ length: resamples }, (_, at) => randomInteger(foldIn(key, at), scenes, 0, scenes));
}

/** One number a scene. */
export type PerScene = Float64Array;

/**
 * Sum of `numerators` over that of `denominators`, with the percentile interval over drawn scenes.
 *
 * Scenes are drawn whole, because words of one picture are no independent examples. 0 over 0 is 0.
 */
export function ratioInterval(
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
  const sorted = Float64Array.from(draws, ratio).sort();
  const tail = (1 - level) / 2;
  return {
    value: ratio(Int32Array.from(numerators.keys())),
    low: quantile(sorted, tail),
    high: quantile(sorted, 1 - tail),
  };
}
