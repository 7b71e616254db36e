import type { Summary } from './statistics.js';

/** What a comparison shows about its claim. */
export type Verdict = 'holds' | 'does not hold' | 'cannot be told';

/** A verdict, and how firm a holding claim is. */
export interface Judgment {
  readonly verdict: Verdict;
  /** `firmly`: all of the interval reaches the threshold. `on average`: the mean does, and all of the interval lies above 0. */
  readonly level: 'firmly' | 'on average' | null;
}

/** Fewer seeds than these decide nothing. */
const fewestSeeds = 3;

/**
 * Judges the difference that a claim is about. With the 95 % interval [low, high] of the difference by seed:
 *
 * - holds, firmly: low ≥ threshold;
 * - holds, on average: mean ≥ threshold and low > 0;
 * - does not hold: high < threshold;
 * - cannot be told: anything else, and fewer than three seeds.
 */
export function judge({ count, mean, interval }: Summary, threshold: number): Judgment {
  if (count < fewestSeeds || interval === null) return { verdict: 'cannot be told', level: null };
  if (interval.low >= threshold) return { verdict: 'holds', level: 'firmly' };
  if (mean >= threshold && interval.low > 0) return { verdict: 'holds', level: 'on average' };
  return { verdict: interval.high < threshold ? 'does not hold' : 'cannot be told', level: null };
}

/** The weaker of two levels. */
function weaker(levels: readonly Judgment['level'][]): Judgment['level'] {
  return levels.every((level) => level === 'firmly') ? 'firmly' : 'on average';
}

/**
 * Joins the judgments of a claim that rests on several comparisons.
 *
 * @param rule - `all`: each must hold, and one that does not is enough against it. `most`: more than half must
 * hold; the claim fails when more than half can no longer hold.
 */
export function judgeTogether(judgments: readonly Judgment[], rule: 'all' | 'most'): Judgment {
  const holding = judgments.filter(({ verdict }) => verdict === 'holds');
  const failing = judgments.filter(({ verdict }) => verdict === 'does not hold').length;
  const total = judgments.length;
  const needed = rule === 'all' ? total : Math.floor(total / 2) + 1;
  if (total > 0 && holding.length >= needed) {
    return { verdict: 'holds', level: weaker(holding.map(({ level }) => level)) };
  }
  if (total > 0 && total - failing < needed) return { verdict: 'does not hold', level: null };
  return { verdict: 'cannot be told', level: null };
}
