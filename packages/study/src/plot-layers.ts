import type { PlotData } from './plot-data.js';
import { dashes, hues, legendBelow, scaleOf, shapes } from './plot-style.js';
import type { StudyTable } from './schema-tables.js';

/** How a table is to be drawn. */
export type Plot = NonNullable<StudyTable['plot']>;
/** A plot of one metric, as vega-lite takes it. */
export type Layers = { readonly layer: readonly object[] } & Record<string, unknown>;

const only = (kind: string) => ({ filter: `datum.kind === '${kind}'` });

const zeroBased = (title: string) => ({
  type: 'quantitative',
  title,
  scale: { zero: true },
  axis: { tickCount: 5 },
});
/** Not from zero; the padding leaves room for the name of a baseline on top. */
const freely = (title: string) => ({
  type: 'quantitative',
  title,
  scale: { zero: false, nice: true, padding: 14 },
  axis: { tickCount: 5 },
});

/** A bar a row with its interval and a ring a seed; baselines are dashed lines over all rows. */
export function bars(data: PlotData, title: string): Layers {
  const rows = data.labels.filter((label) =>
    data.means.some((mean) => mean.label === label && !mean.baseline),
  );
  const y = { field: 'label', type: 'nominal', sort: rows, title: null, axis: { grid: false, ticks: false } };
  const x = { field: 'mean', ...zeroBased(title) };
  return {
    width: 240,
    height: { step: 30 },
    layer: [
      {
        transform: [only('mean')],
        mark: {
          type: 'bar',
          color: hues[0],
          opacity: 0.35,
          stroke: 'currentColor',
          strokeOpacity: 0.6,
          height: 18,
        },
        encoding: { y, x },
      },
      {
        transform: [only('mean'), { filter: 'datum.high > datum.low' }],
        mark: { type: 'rule', strokeWidth: 2, color: 'currentColor' },
        encoding: { y, x: { ...x, field: 'low' }, x2: { field: 'high' } },
      },
      seedRings({ y, x: { ...x, field: 'value' } }),
      ...baselines('x', title),
    ],
  };
}

function seedRings(encoding: object): object {
  return {
    transform: [only('seed')],
    mark: { type: 'point', size: 26, filled: false, color: 'currentColor', strokeWidth: 1.2, opacity: 0.9 },
    encoding,
  };
}

/** Dashed lines with a name, across the axis of values. */
function baselines(axis: 'x' | 'y', title: string): object[] {
  const value = { field: 'mean', type: 'quantitative', title };
  const text =
    axis === 'x'
      ? { y: { value: -4 }, mark: { type: 'text', align: 'center', baseline: 'bottom' } }
      : { x: { value: 'width' }, mark: { type: 'text', align: 'right', baseline: 'bottom', dy: -3, dx: -2 } };
  const { mark, ...place } = text;
  return [
    {
      transform: [only('baseline')],
      mark: { type: 'rule', strokeDash: [5, 4], color: 'currentColor', opacity: 0.75 },
      encoding: { [axis]: value },
    },
    {
      transform: [only('baseline')],
      mark: { ...mark, color: 'currentColor', fontSize: 10 },
      encoding: { [axis]: value, ...place, text: { field: 'label' } },
    },
  ];
}

/** A line a series over an x axis, with intervals and seeds; series differ in hue, shape and dash. */
export function line(data: PlotData, title: string, plot: Plot): Layers {
  const numeric = data.means.every(({ x, baseline }) => baseline || typeof x === 'number');
  const values = [...new Set(data.means.flatMap(({ x, baseline }) => (baseline ? [] : [x])))];
  const x = {
    field: 'x',
    title: plot.x ?? null,
    ...(numeric
      ? {
          type: 'quantitative',
          scale: plot.logarithmic ? { type: 'log', padding: 12 } : { zero: false, padding: 12 },
          axis: { values, grid: false, labelExpr: "format(datum.value, ',')" }, // 1,000 and 0.15, not rounded
        }
      : { type: 'nominal', sort: values, axis: { labelAngle: 0 } }),
  };
  const y = { field: 'mean', ...freely(title) };
  const legend = data.series.length > 1 ? legendBelow(data.series) : null;
  const color = { field: 'series', type: 'nominal', scale: scaleOf(data.series, hues), legend };
  const shape = { field: 'series', type: 'nominal', scale: scaleOf(data.series, shapes), legend };
  const strokeDash = { field: 'series', type: 'nominal', scale: scaleOf(data.series, dashes), legend: null };
  return {
    width: 300,
    height: 220,
    layer: [
      {
        transform: [only('mean')],
        mark: { type: 'line', strokeWidth: 2 },
        encoding: { x, y, color, strokeDash },
      },
      {
        transform: [only('mean'), { filter: 'datum.high > datum.low' }],
        mark: { type: 'rule', strokeWidth: 1.5 },
        encoding: { x, y: { ...y, field: 'low' }, y2: { field: 'high' }, color },
      },
      {
        transform: [only('mean')],
        mark: { type: 'point', filled: true, size: 70, opacity: 1 },
        encoding: { x, y, color, shape },
      },
      {
        transform: [only('seed')],
        mark: { type: 'point', size: 22, filled: false, strokeWidth: 1, opacity: 0.9 },
        encoding: { x, y: { ...y, field: 'value' }, color, shape },
      },
      ...baselines('y', title),
    ],
  };
}

/** A mark a row and metric: metrics down the side and rows as shapes, or rows down the side where there are more of them. */
export function dots(data: PlotData, title: string): Layers {
  const manyMetrics = data.metrics.length > 2;
  const group = manyMetrics ? 'label' : 'series';
  const groups = manyMetrics ? [...data.labels] : [...data.series];
  const side = manyMetrics ? 'metric' : 'label';
  const order = manyMetrics ? [...data.metrics] : [...data.labels];
  const y = { field: side, type: 'nominal', sort: order, title: null, axis: { grid: true, ticks: false } };
  const yOffset = { field: group, type: 'nominal', sort: groups };
  const x = { field: 'mean', ...freely(title) };
  const legend = legendBelow(groups);
  const color = { field: group, type: 'nominal', scale: scaleOf(groups, hues), legend };
  const shape = { field: group, type: 'nominal', scale: scaleOf(groups, shapes), legend };
  const offset = manyMetrics ? { yOffset } : {};
  return {
    width: 420,
    height: { step: manyMetrics ? 12 : 16 },
    layer: [
      {
        transform: [only('mean'), { filter: 'datum.high > datum.low' }],
        mark: { type: 'rule', strokeWidth: 1.5 },
        encoding: { y, ...offset, x: { ...x, field: 'low' }, x2: { field: 'high' }, color },
      },
      {
        transform: [only('mean')],
        mark: { type: 'point', filled: true, opacity: 1 },
        encoding: {
          y,
          ...offset,
          x,
          color,
          shape,
          size: { condition: { test: 'datum.chosen', value: 160 }, value: 50 },
        },
      },
      {
        transform: [only('seed')],
        mark: { type: 'point', size: 18, filled: false, strokeWidth: 1, opacity: 0.7 },
        encoding: { y, ...offset, x: { ...x, field: 'value' }, color, shape },
      },
      ...(manyMetrics ? [] : baselines('x', title)),
    ],
  };
}
