import { invalidField, isInInterval } from '@m3ae/errors';
import { type Positive, thresholdSteps } from './threshold-steps.js';

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
