import { invalidField, isInInterval } from '@m3ae/errors';

/** A range that holds the true mean in 95 % of studies like this one. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** Mean of a value over seeds, and how sure it is. */
export interface Summary {
  readonly count: number;
  readonly mean: number;
  /** Standard deviation between seeds, with `count - 1` below; null for one seed. */
  readonly deviation: number | null;
  /** Student's t interval over seeds at 95 %; null for one seed. */
  readonly interval: Interval | null;
}

/** Summarizes a value measured once a seed. */
export function summarize(values: readonly number[]): Summary {
  const count = values.length;
  const mean = values.reduce((total, value) => total + value, 0) / count;
  if (count < 2) return { count, mean, deviation: null, interval: null };
  const squares = values.reduce((total, value) => total + (value - mean) ** 2, 0);
  const deviation = Math.sqrt(squares / (count - 1));
  const half = (studentTQuantile(0.975, count - 1) * deviation) / Math.sqrt(count);
  return { count, mean, deviation, interval: { low: mean - half, high: mean + half } };
}

/** Whether two intervals have no value in common; false where one is unknown. */
export function areApart(a: Interval | null, b: Interval | null): boolean {
  return a !== null && b !== null && (a.low > b.high || b.low > a.high);
}

/**
 * P(T ≤ t) of Student's t with a whole number of degrees of freedom, by its finite sum.
 *
 * @see Abramowitz and Stegun (1964), Handbook of Mathematical Functions, 26.7.3 and 26.7.4.
 */
function studentTProbability(t: number, freedom: number): number {
  const angle = Math.atan(t / Math.sqrt(freedom));
  const cosine = Math.cos(angle);
  let term = freedom % 2 === 1 ? cosine : 1;
  let sum = freedom === 1 ? 0 : term;
  for (let power = freedom % 2 === 1 ? 3 : 2; power < freedom; power += 2) {
    term *= (cosine * cosine * (power - 1)) / power;
    sum += term;
  }
  const inside = freedom % 2 === 1 ? (2 / Math.PI) * (angle + Math.sin(angle) * sum) : Math.sin(angle) * sum;
  return 0.5 + inside / 2;
}

/**
 * The t below which Student's t lies with a given probability, by halving.
 *
 * @param probability - In (0.5, 1), e.g. 0.975 for an interval of 95 %.
 * @param freedom - Degrees of freedom, a positive integer.
 * @throws InvalidInput for another probability or freedom.
 */
export function studentTQuantile(probability: number, freedom: number): number {
  if (!isInInterval(probability, '(0.5, 1)')) {
    const remedy = 'Use 0.975 for a 95 % interval.';
    throw invalidField('probability', 'above 0.5 and below 1', probability, remedy);
  }
  if (!Number.isInteger(freedom) || freedom < 1) {
    const remedy = 'It is the number of values less one.';
    throw invalidField('freedom', 'a positive integer', freedom, remedy);
  }
  let low = 0;
  let high = 1;
  while (studentTProbability(high, freedom) < probability) high *= 2;
  for (let round = 0; round < 100 && high - low > 1e-12 * high; round++) {
    const middle = (low + high) / 2;
    if (studentTProbability(middle, freedom) < probability) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

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
