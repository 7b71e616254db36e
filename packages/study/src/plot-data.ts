import { factorOf } from './format.js';
import { fullTitle } from './names.js';
import type { ResultTable } from './results-types.js';
import type { StudyTable } from './schema-tables.js';

/** The mean of a row, ready to be drawn. */
export interface PlotMean {
  readonly metric: string;
  readonly label: string;
  readonly series: string;
  readonly x: number | string;
  readonly baseline: boolean;
  readonly chosen: boolean;
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/** One seed of a row. */
export interface PlotPoint extends Pick<PlotMean, 'metric' | 'label' | 'series' | 'x' | 'baseline'> {
  readonly seed: number;
  readonly value: number;
}

/** What a plot shows. */
export interface PlotData {
  readonly means: readonly PlotMean[];
  readonly points: readonly PlotPoint[];
  readonly metrics: readonly string[];
  readonly labels: readonly string[];
  readonly series: readonly string[];
}

/** The values of a table whose unit is that of its first metric, in shown units. */
export function plotData(table: ResultTable): PlotData {
  const unit = table.metrics[0]?.unit ?? '';
  const factor = factorOf(unit);
  const metrics = table.metrics.filter((metric) => metric.unit === unit);
  const means: PlotMean[] = [];
  const points: PlotPoint[] = [];
  for (const metric of metrics) {
    for (const { label, series, x, baseline, chosen, cells } of table.rows) {
      const cell = cells[metric.name];
      if (cell === null || cell === undefined) continue;
      const place = { metric: fullTitle(metric), label, series: series ?? label, x: x ?? label, baseline };
      const { low, high } = cell.interval ?? { low: cell.mean, high: cell.mean };
      means.push({ ...place, chosen, mean: factor * cell.mean, low: factor * low, high: factor * high });
      for (const { seed, value } of cell.seeds) points.push({ ...place, seed, value: factor * value });
    }
  }
  const distinct = (words: readonly string[]) => [...new Set(words)];
  return {
    means,
    points,
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
