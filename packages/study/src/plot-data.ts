import { chartLooks } from '@m3ae/report';
import type { ResultTable } from './results-types.js';
import type { StudyTable } from './schema-tables.js';
import { fullTitle } from './schema.js';
import { factorOf } from './shown-results.js';

/** What a plot shows: a mean a row and metric, a point a seed, and the names of both. */
export type PlotData = ReturnType<typeof plotData>;

/** The values of a table whose unit is that of its first metric, in shown units. */
export function plotData(table: ResultTable) {
  const unit = table.metrics[0]?.unit ?? '';
  const factor = factorOf(unit);
  const metrics = table.metrics.filter((metric) => metric.unit === unit);
  const measured = metrics.flatMap((metric) =>
    table.rows.flatMap(({ label, series, x, baseline, chosen, cells }) => {
      const cell = cells[metric.name];
      if (!cell) return [];
      const place = { metric: fullTitle(metric), label, series: series ?? label, x: x ?? label, baseline };
      const { low, high } = cell.interval ?? { low: cell.mean, high: cell.mean };
      return {
        mean: { ...place, chosen, mean: factor * cell.mean, low: factor * low, high: factor * high },
        points: cell.seeds.map(({ seed, value }) => ({ ...place, seed, value: factor * value })),
      };
    }),
  );
  const means = measured.map(({ mean }) => mean);
  const distinct = (words: readonly string[]) => [...new Set(words)];
  return {
    means,
    points: measured.flatMap(({ points }) => points),
    metrics: distinct(metrics.map(fullTitle)),
    labels: distinct(table.rows.map(({ label }) => label)),
    series: distinct(means.filter(({ baseline }) => !baseline).map(({ series }) => series)),
  };
}

/** Title of the axis of values. */
export function valueTitle(table: ResultTable, plot: NonNullable<StudyTable['plot']>): string {
  const unit = table.metrics[0]?.unit ?? '';
  const given = plot.kind === 'dots' ? (plot.x ?? plot.y) : plot.y;
  return given ?? (unit === '' ? 'value' : `value (${unit})`);
}

/** Hues with at least 3:1 contrast on the light and on the dark page; shapes and dashes tell series apart without them. */
export const hues = ['#4f7fd9', '#d9722e', '#3f9b6c', '#a05fc0', '#9a7d2a', '#7a8290'];
export const shapes = ['circle', 'square', 'triangle-up', 'diamond', 'cross', 'triangle-down'];
export const dashes = [
  [1, 0],
  [6, 3],
  [2, 2],
  [8, 3, 2, 3],
  [4, 4],
  [1, 3],
];

/** The looks of charts in a page; sizes fit a column. */
export const theme = {
  ...chartLooks,
  font: 'sans-serif',
  axis: { ...chartLooks.axis, labelLimit: 320 },
  legend: { labelColor: 'currentColor', titleColor: 'currentColor', symbolStrokeWidth: 1.5, labelLimit: 320 },
  header: { labelColor: 'currentColor', labelFontSize: 12, labelFontWeight: 'bold' },
  facet: { spacing: 24 },
} as const;

/**
 * A hue, shape or dash for each name. Where the hues begin again, shapes and dashes move on by one, so that no two of
 * the first 36 names look the same.
 */
export const scaleOf = (domain: readonly string[], range: readonly unknown[]) => ({
  domain: [...domain],
  range: domain.map((_, at) => {
    const round = range === hues ? 0 : Math.floor(at / hues.length);
    return range[(at + round) % range.length];
  }),
});

/** Characters of a legend that fit the width of a plot, and those that the mark of a name takes. */
const legendWidth = 64;
const markWidth = 5;

/** A legend below the plot, in as many columns as its width holds. */
export function legendBelow(names: readonly string[]) {
  const longest = Math.max(...names.map((name) => name.length));
  return {
    title: null,
    orient: 'bottom',
    symbolLimit: names.length, // else Vega leaves out what comes after the thirtieth
    columns: Math.max(1, Math.floor(legendWidth / (longest + markWidth))),
  };
}
