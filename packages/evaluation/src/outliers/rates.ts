import { type Fault, faultOf, invalidField, isInInterval, nearestHint, throwFaults } from '@m3ae/errors';
import { type Interval, shareOf } from '../classification/accuracy.js';

/** Which of the two sets a detector is asked to find. */
export type Positive = 'in' | 'out';

/** How many of each set are accepted as the threshold passes one distinct score after another. */
interface ThresholdSteps {
  /** Of the set to find, counted up: [steps]; the last is all of them. */
  readonly found: Float64Array;
  /** Of the other set, counted up: [steps]. */
  readonly wrong: Float64Array;
}

/** The faults of a set of scores, a sentence each. */
export function scoreFaults(field: string, scores: ArrayLike<number>): Fault[] {
  if (scores.length === 0) {
    const remedy = 'Check the filter or the split that chose the examples.';
    return [faultOf(field, 'at least one score', 'none', remedy)];
  }
  for (let at = 0; at < scores.length; at++) {
    if (Number.isFinite(scores[at])) continue;
    const remedy = 'Look for a diverged model or an unreadable picture.';
    return [faultOf(field, 'finite numbers', `${scores[at]} at place ${at}`, remedy)];
  }
  return [];
}

/**
 * Counts both sets along the distinct scores, from the one that speaks most for `positive` on.
 *
 * Equal scores make one step, so nothing depends on the order in which they are given.
 */
function thresholdSteps(
  scoresIn: ArrayLike<number>,
  scoresOut: ArrayLike<number>,
  positive: Positive,
): ThresholdSteps {
  throwFaults([...scoreFaults('scoresIn', scoresIn), ...scoreFaults('scoresOut', scoresOut)]);
  if (positive !== 'in' && positive !== 'out') {
    throw invalidField('positive', 'in or out', positive, nearestHint(String(positive), ['in', 'out']));
  }
  const sign = positive === 'out' ? -1 : 1; // A high score speaks for an outlier, so that one comes first.
  const sorted = (scores: ArrayLike<number>) => Float64Array.from(scores, (score) => sign * score).sort();
  const [inside, outside] = [sorted(scoresIn), sorted(scoresOut)];
  const [wanted, other] = positive === 'out' ? [outside, inside] : [inside, outside];
  const found: number[] = [];
  const wrong: number[] = [];
  let [atWanted, atOther] = [0, 0];
  while (atWanted < wanted.length || atOther < other.length) {
    const score = Math.min(wanted[atWanted] ?? Infinity, other[atOther] ?? Infinity);
    while (wanted[atWanted] === score) atWanted++;
    while (other[atOther] === score) atOther++;
    found.push(atWanted);
    wrong.push(atOther);
  }
  return { found: Float64Array.from(found), wrong: Float64Array.from(wrong) };
}

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

/**
 * Average precision, the usual estimate of the area under the curve of precision and recall (AUPR).
 *
 * The sum over the distinct thresholds of the gain in recall times the precision, with no interpolation. A score that
 * knows nothing gets the share of the positive set, so compare only where the sizes of the sets are the same.
 *
 * @param scoresIn - Scores of the distribution's own examples; higher means more outlying: [in].
 * @param scoresOut - Scores of outliers: [out].
 * @param positive - Which set is to be found. Default `out`.
 * @returns In (0, 1]. Equal to `average_precision_score` of scikit-learn, of the negated scores for `in`.
 * @throws InvalidInput if a set is empty, a score is not finite, or `positive` is another word.
 *
 * @example
 * ```ts
 * averagePrecision([0.1, 0.4], [0.3, 0.9]); // 0.8333
 * ```
 */
export function averagePrecision(
  scoresIn: ArrayLike<number>,
  scoresOut: ArrayLike<number>,
  positive: Positive = 'out',
): number {
  const { found, wrong } = thresholdSteps(scoresIn, scoresOut, positive);
  let [total, before] = [0, 0];
  for (let step = 0; step < found.length; step++) {
    total += ((found[step]! - before) * found[step]!) / (found[step]! + wrong[step]!);
    before = found[step]!;
  }
  return total / found.at(-1)!;
}

/**
 * False-positive rate at the strictest threshold that finds `share` of the positive set.
 *
 * `fprAt(0.95, …)` is the "FPR95" of the literature: the share of outliers that pass where 95 % of the distribution's
 * own examples pass.
 *
 * @param share - True-positive rate to reach, in (0, 1].
 * @param scoresIn - Scores of the distribution's own examples; higher means more outlying: [in].
 * @param scoresOut - Scores of outliers: [out].
 * @param positive - Which set is to be found. Default `in`, as Liu et al. and Sun et al. have it.
 * @returns In [0, 1]; lower is better. The first point of scikit-learn's `roc_curve` with `tpr >= share`.
 * @throws InvalidInput if `share` is out of range, and under the conditions of {@link averagePrecision}.
 *
 * @example
 * ```ts
 * fprAt(0.95, [0.1, 0.4], [0.3, 0.9]); // 0.5: 0.3 passes where 0.4 does
 * ```
 *
 * @see Liu et al., Energy-based Out-of-distribution Detection, https://arxiv.org/abs/2010.03759
 */
export function fprAt(
  share: number,
  scoresIn: ArrayLike<number>,
  scoresOut: ArrayLike<number>,
  positive: Positive = 'in',
): number {
  if (!isInInterval(share, '(0, 1]')) throw invalidField('share', 'in (0, 1]', share, 'Write 95 % as 0.95.');
  const { found, wrong } = thresholdSteps(scoresIn, scoresOut, positive);
  const step = found.findIndex((count) => count / found.at(-1)! >= share);
  return wrong[step]! / wrong.at(-1)!;
}
