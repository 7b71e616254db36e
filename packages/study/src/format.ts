import { pluralize } from '@m3ae/errors';
import type { Cell, ClaimResult, ComparisonResult } from './results-types.js';
import type { Interval } from './statistics.js';
import type { Judgment } from './verdict.js';

/** The factor between a value and what is shown of it. */
export const factorOf = (unit: string) => (unit === '%' ? 100 : 1);

const minus = (text: string) => text.replace('-', '−');

/** A number in its unit: per cent with one decimal, others with three digits. */
function showNumber(value: number, unit: string): string {
  if (unit === '%') return minus((100 * value).toFixed(1));
  return minus(String(Math.abs(value) >= 1000 ? Math.round(value) : Number(value.toPrecision(3))));
}

/** Half the width of an interval. */
const half = ({ low, high }: Interval) => (high - low) / 2;

/** A heading with its unit. */
export const showTitle = (title: string, unit: string) => (unit === '' ? title : `${title} (${unit})`);

/** A mean with half of its interval over seeds; the mean alone for one seed. */
export function showCell(cell: Cell | null, unit: string): string {
  if (cell === null) return '–';
  const mean = showNumber(cell.mean, unit);
  return cell.interval === null ? mean : `${mean} ± ${showNumber(half(cell.interval), unit)}`;
}

/** What stands behind a cell: every seed, and the interval that the test's size alone gives. */
export function showSeeds({ seeds, binomial }: Cell, unit: string): readonly [string, string] {
  const values = seeds.map(({ value }) => showNumber(value, unit)).join(', ');
  const list = seeds.length === 1 ? `seed ${seeds[0]!.seed} alone` : values;
  return [
    list,
    binomial === null
      ? ''
      : `± ${showNumber(half(binomial), unit)} by ${pluralize(binomial.examples, 'example')}`,
  ];
}

/**
 * E.g. "holds on this split, on average over seeds": every seed is measured on the same held-out examples, so no verdict
 * reaches beyond them.
 */
export function showVerdict({ verdict, level }: Judgment): string {
  const told = verdict === 'cannot be told' ? verdict : `${verdict} on this split`;
  return level === null ? told : `${told}, ${level} over seeds`;
}

/** What the intervals leave out, for every page that shows them. */
export const beyondIntervals =
  'Intervals cover the chance of training, as the seeds show it, and not the choice of what was held out: all seeds are measured on the same examples, and another split may bring another order.';

const signed = (value: number, unit: string) => `${value > 0 ? '+' : ''}${showNumber(value, unit)}`;

/** A comparison in one line. */
export function showComparison(one: ComparisonResult): string {
  const { text, unit, difference, threshold, apart } = one;
  if (difference === null) return `${text}: not measured yet`;
  const points = unit === '%' ? ' points' : '';
  const { mean, interval, count } = difference;
  const range =
    interval === null ? '' : `, 95 % [${signed(interval.low, unit)}, ${signed(interval.high, unit)}]`;
  const sides = apart === null || interval === null ? '' : `, intervals ${apart ? 'apart' : 'not apart'}`;
  const seeds = count === 1 ? 'one seed' : `${count} seeds`;
  return `${text}: ${signed(mean, unit)}${points}${range}, ${seeds}${sides}; wanted ${threshold === 0 ? 'above 0' : `at least ${signed(threshold, unit)}`}: ${showVerdict(one)}`;
}

/** What a claim needs. */
export function showRule({ rule, comparisons }: ClaimResult): string {
  if (comparisons.length < 2) return '';
  return rule === 'all' ? `all ${comparisons.length} must hold` : `most of ${comparisons.length} must hold`;
}
