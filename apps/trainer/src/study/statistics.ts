import { studentTQuantile } from './student-t.js';

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

/** Summarises a value measured once a seed. */
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
