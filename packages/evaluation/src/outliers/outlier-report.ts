import { faultOf, nearestHint, throwFaults } from '@m3ae/errors';
import { aucRocInterval, averagePrecision, fprAt, scoreFaults } from './rates.js';

/** How well one score tells one set of outliers from the distribution. */
export interface OutlierResult {
  /** Area under the ROC curve, in [0, 1]; 0.5 is chance. */
  readonly auroc: number;
  /** Lower end of the 95 % interval of `auroc` (DeLong). */
  readonly low: number;
  /** Upper end of the 95 % interval of `auroc` (DeLong). */
  readonly high: number;
  /** Average precision with outliers as the set to find. */
  readonly aupr: number;
  /** Average precision with the distribution as the set to find. */
  readonly auprIn: number;
  /** Share of outliers that pass where 95 % of the distribution pass; lower is better. */
  readonly fpr95: number;
}

/** Results by score, then by set of outliers. */
export type OutlierReport = Readonly<Record<string, Readonly<Record<string, OutlierResult>>>>;

/** AUROC with its interval, AUPR both ways and FPR at 95 % of one score on one set of outliers. */
function outlierResult(scoresIn: ArrayLike<number>, scoresOut: ArrayLike<number>): OutlierResult {
  const { value, low, high } = aucRocInterval(scoresIn, scoresOut);
  return {
    auroc: value,
    low,
    high,
    aupr: averagePrecision(scoresIn, scoresOut, 'out'),
    auprIn: averagePrecision(scoresIn, scoresOut, 'in'),
    fpr95: fprAt(0.95, scoresIn, scoresOut, 'in'),
  };
}

/**
 * Measures every score on every set of outliers.
 *
 * @param scores - By score, then by set, as {@link outlierScores} gives them or from anywhere else; higher means more
 * outlying.
 * @param inSet - The set that belongs to the distribution; every other set is one of outliers.
 * @throws InvalidInput with every fault at once: no such set, an empty set, a score that is not finite.
 *
 * @example
 * ```ts
 * const report = outlierReport({ loss: { unseen: [0.1, 0.2], logos: [0.4, 0.5] } }, 'unseen');
 * report.loss!.logos!.auroc; // 1
 * ```
 */
export function outlierReport(
  scores: Readonly<Record<string, Readonly<Record<string, ArrayLike<number>>>>>,
  inSet: string,
): OutlierReport {
  throwFaults(
    Object.entries(scores).flatMap(([score, sets]) => [
      !Object.hasOwn(sets, inSet) &&
        faultOf('inSet', `a set of ${score}`, inSet, nearestHint(inSet, Object.keys(sets))),
      ...Object.entries(sets).flatMap(([name, values]) => scoreFaults(`scores.${score}.${name}`, values)),
    ]),
  );
  const report: Record<string, Record<string, OutlierResult>> = {};
  for (const [score, sets] of Object.entries(scores)) {
    const outside = Object.entries(sets).filter(([name]) => name !== inSet);
    report[score] = Object.fromEntries(
      outside.map(([name, values]) => [name, outlierResult(sets[inSet]!, values)]),
    );
  }
  return report;
}
