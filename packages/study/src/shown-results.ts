import { pluralize } from '@m3ae/errors';
import type {
  Cell,
  ClaimResult,
  ComparisonResult,
  ResultMetric,
  ResultRow,
  ResultTable,
} from './results-types.js';
import { fullTitle, isGrid } from './schema.js';
import type { Interval, Judgment } from './statistics.js';

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
const showTitle = (title: string, unit: string) => (unit === '' ? title : `${title} (${unit})`);

/** A mean with half of its interval over seeds; the mean alone for one seed. */
function showCell(cell: Cell | null, unit: string): string {
  if (cell === null) return '–';
  const mean = showNumber(cell.mean, unit);
  return cell.interval === null ? mean : `${mean} ± ${showNumber(half(cell.interval), unit)}`;
}

/** What stands behind a cell: every seed, and the interval that the test's size alone gives. */
function showSeeds({ seeds, binomial }: Cell, unit: string): string[] {
  const values = seeds.map(({ value }) => showNumber(value, unit)).join(', ');
  const list = seeds.length === 1 ? `seed ${seeds[0]!.seed} alone` : values;
  if (binomial === null) return [list];
  return [list, `± ${showNumber(half(binomial), unit)} by ${pluralize(binomial.examples, 'example')}`];
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

/** What stands in one place of a shown table. */
interface ShownCell {
  readonly text: string;
  /** Seeds, and the interval of the test's size. */
  readonly detail?: readonly string[];
  /** Whether it is a number of the paper. */
  readonly theirs?: boolean;
}

/** A table as it is shown: headings and rows. */
export interface ShownTable {
  readonly heads: readonly { readonly text: string; readonly theirs?: boolean }[];
  readonly rows: readonly {
    readonly label: string;
    readonly baseline?: boolean;
    readonly chosen?: boolean;
    readonly cells: readonly ShownCell[];
  }[];
}

/** More columns than these are shown as rows. */
const mostColumns = 6;

const theirNumber = (value: number | undefined): ShownCell => ({
  text: value === undefined ? '' : value.toFixed(1),
  theirs: true,
});

function ourCell({ cells }: ResultRow, { name, unit }: ResultMetric): ShownCell {
  const cell = cells[name] ?? null;
  return { text: showCell(cell, unit), detail: cell === null ? [] : showSeeds(cell, unit) };
}

/** Variants as rows, metrics and the paper's figures as columns. */
function upright({ metrics, rows, paper }: ResultTable): ShownTable {
  return {
    heads: [
      ...metrics.map((metric) => ({ text: showTitle(fullTitle(metric), metric.unit) })),
      ...paper.map(({ source, unit }) => ({ text: showTitle(source, unit), theirs: true })),
    ],
    rows: rows.map((row) => ({
      label: row.label,
      baseline: row.baseline,
      chosen: row.chosen,
      cells: [
        ...metrics.map((metric) => ourCell(row, metric)),
        ...paper.map(({ values }) => theirNumber(values[row.label])),
      ],
    })),
  };
}

/** Columns as rows, and rows as columns. */
function turned({ heads, rows }: ShownTable): ShownTable {
  return {
    heads: rows.map(({ label }) => ({ text: label })),
    rows: heads.map(({ text, theirs }, column) => ({
      label: theirs ? `the paper, ${text}` : text,
      cells: rows.map(({ cells }) => cells[column]!),
    })),
  };
}

/** A row for each variant in each group, and one for each source in the paper; a column for each title. */
function grid({ metrics, rows, paper }: ResultTable): ShownTable {
  const columns = [...new Map(metrics.map(({ title, unit }) => [title, unit]))];
  const ourRow = (group: string, row: ResultRow) => ({
    label: `${group}: ${row.label}`,
    baseline: row.baseline,
    chosen: row.chosen,
    cells: columns.map(([title]) => {
      const metric = metrics.find((one) => one.group === group && one.title === title);
      return metric === undefined ? { text: '' } : ourCell(row, metric);
    }),
  });
  const theirRow = (source: string, { label }: ResultRow) => ({
    label: `the paper, ${source}: ${label}`,
    cells: columns.map(([title]) =>
      theirNumber(paper.find((one) => one.source === source && one.column === title)?.values[label]),
    ),
  });
  const groups = [...new Set(metrics.map(({ group }) => group!))];
  const sources = [...new Set(paper.map(({ source }) => source))];
  return {
    heads: columns.map(([title, unit]) => ({ text: showTitle(title, unit) })),
    rows: [
      ...groups.flatMap((group) => rows.map((row) => ourRow(group, row))),
      ...sources.flatMap((source) => rows.map((row) => theirRow(source, row))),
    ],
  };
}

/** Lays a table out: groups as a grid, a few metrics side by side, many beneath each other. */
export function shownTable(table: ResultTable): ShownTable {
  if (isGrid(table.metrics)) return grid(table);
  return table.metrics.length > mostColumns ? turned(upright(table)) : upright(table);
}
