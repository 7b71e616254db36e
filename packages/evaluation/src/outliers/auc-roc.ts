import type { Interval } from '../classification/bootstrap.js';
import { shareOf } from '../classification/accuracy.js';
import { checkScores, thresholdSteps } from './threshold-steps.js';

/**
 * Area under the curve of receiver operating characteristic: the chance that an outlier scores higher than an
 * example of the distribution, where equal scores count one half.
 *
 * @param scoresIn - Scores of the distribution's own examples; higher means more outlying: [in].
 * @param scoresOut - Scores of outliers: [out].
 * @returns In [0, 1]; 0.5 for a score that knows nothing. Equal to `roc_auc_score` of scikit-learn.
 * @throws InvalidInput if a set is empty or a score is not finite.
 *
 * @example
 * ```ts
 * aucRoc([0.1, 0.4], [0.4, 0.9]); // 0.875
 * ```
 */
export function aucRoc(scoresIn: ArrayLike<number>, scoresOut: ArrayLike<number>): number {
  const { found, wrong } = thresholdSteps(scoresIn, scoresOut, 'out');
  let [area, outs, ins] = [0, 0, 0];
  for (let step = 0; step < found.length; step++) {
    area += (wrong[step]! - ins) * (outs + found[step]!); // twice a trapezoid: whole numbers, so exact
    outs = found[step]!;
    ins = wrong[step]!;
  }
  return area / 2 / (scoresIn.length * scoresOut.length);
}

/** Numbers of `sorted` below `score`, with those equal to it as one half. */
function countBelow(sorted: Float64Array, score: number): number {
  const firstWhere = (passed: (value: number) => boolean) => {
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (passed(sorted[middle]!)) high = middle;
      else low = middle + 1;
    }
    return low;
  };
  return (firstWhere((value) => value >= score) + firstWhere((value) => value > score)) / 2;
}

/** Variance over `count - 1` of the share of `others` that lies below each score. */
function placementVariance(scores: ArrayLike<number>, others: ArrayLike<number>): number {
  const sorted = Float64Array.from(others).sort();
  const shares = Float64Array.from(scores, (score) => countBelow(sorted, score) / sorted.length);
  const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
  return shares.reduce((sum, share) => sum + (share - mean) ** 2, 0) / (shares.length - 1);
}

/**
 * {@link aucRoc} with the 95 % interval of DeLong, cut to [0, 1].
 *
 * It holds for other draws of the two sets, not for another training of the model. Where the variance is 0, as when
 * the sets are wholly apart, DeLong's interval would be a point: then it is the Wilson interval of as many
 * independent pairs as the smaller set has scores. A set of one score tells no variance: the interval is [0, 1].
 *
 * @throws InvalidInput under the conditions of {@link aucRoc}.
 *
 * @see DeLong, DeLong, Clarke-Pearson (1988), Comparing the Areas under Two or More Correlated ROC Curves.
 */
export function aucRocInterval(scoresIn: ArrayLike<number>, scoresOut: ArrayLike<number>): Interval {
  checkScores(scoresIn, scoresOut);
  const value = aucRoc(scoresIn, scoresOut);
  const fewest = Math.min(scoresIn.length, scoresOut.length);
  if (fewest < 2) return { value, low: 0, high: 1 };
  const variance =
    placementVariance(scoresIn, scoresOut) / scoresIn.length +
    placementVariance(scoresOut, scoresIn) / scoresOut.length;
  if (variance === 0) {
    const { low, high } = shareOf(value * fewest, fewest);
    return { value, low, high };
  }
  const half = 1.959964 * Math.sqrt(variance);
  return { value, low: Math.max(0, value - half), high: Math.min(1, value + half) };
}
