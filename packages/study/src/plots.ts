import sharp from 'sharp';
import type { TopLevelSpec } from 'vega-lite';
import { drawSvg } from '@m3ae/report';
import {
  dashes,
  hues,
  legendBelow,
  type PlotData,
  plotData,
  scaleOf,
  shapes,
  theme,
  valueTitle,
} from './plot-data.js';
import type { ResultTable, StudyResults } from './results-types.js';
import type { StudyTable } from './schema-tables.js';

type Plot = NonNullable<StudyTable['plot']>;
type Channel = Readonly<Record<string, unknown>>;
type Axis = 'x' | 'y';

/** The marks of one kind of row: `mean`, `seed` or `baseline`. */
const layer = (kind: string, mark: Channel, encoding: Channel, ...filters: readonly string[]) => ({
  transform: [`datum.kind === '${kind}'`, ...filters].map((filter) => ({ filter })),
  mark,
  encoding,
});

const quantity = (title: string, scale: Channel) => ({
  field: 'mean',
  type: 'quantitative',
  title,
  scale,
  axis: { tickCount: 5 },
});
/** The padding leaves room for the name of a baseline on top. */
const freely = { zero: false, nice: true, padding: 14 };

/** A line from one end of each interval to the other, along the axis of values. */
const intervals = (axis: Axis, value: Channel, place: Channel, mark: Channel, looks: Channel = {}) =>
  layer(
    'mean',
    { type: 'rule', ...mark },
    { ...place, [axis]: { ...value, field: 'low' }, [`${axis}2`]: { field: 'high' }, ...looks },
    'datum.high > datum.low',
  );

/** A ring a seed. */
const rings = (axis: Axis, value: Channel, place: Channel, mark: Channel, looks: Channel = {}) =>
  layer(
    'seed',
    { type: 'point', filled: false, strokeWidth: 1, opacity: 0.9, ...mark },
    { ...place, [axis]: { ...value, field: 'value' }, ...looks },
  );

/** Dashed lines with a name, across the axis of values. */
function baselines(axis: Axis, title: string) {
  const value = { [axis]: { field: 'mean', type: 'quantitative', title } };
  const [mark, place] =
    axis === 'x'
      ? [{ align: 'center' }, { y: { value: -4 } }]
      : [{ align: 'right', dy: -3, dx: -2 }, { x: { value: 'width' } }];
  const text = { type: 'text', baseline: 'bottom', ...mark, color: 'currentColor', fontSize: 10 };
  const rule = { type: 'rule', strokeDash: [5, 4], color: 'currentColor', opacity: 0.75 };
  return [
    layer('baseline', rule, value),
    layer('baseline', text, { ...value, ...place, text: { field: 'label' } }),
  ];
}

/** Hue and shape of each name. */
function looksOf(field: string, names: readonly string[], legend: Channel | null) {
  const look = (range: readonly unknown[], shown = legend) =>
    ({ field, type: 'nominal', scale: scaleOf(names, range), legend: shown }) as const;
  return { color: look(hues), shape: look(shapes), strokeDash: look(dashes, null) };
}

/** A bar a row with its interval and a ring a seed; baselines are dashed lines over all rows. */
function bars({ labels, means }: PlotData, title: string) {
  const sort = labels.filter((label) => means.some((mean) => mean.label === label && !mean.baseline));
  const y = { field: 'label', type: 'nominal', sort, title: null, axis: { grid: false, ticks: false } };
  const x = quantity(title, { zero: true });
  const color = 'currentColor';
  const bar = { type: 'bar', color: hues[0], opacity: 0.35, stroke: color, strokeOpacity: 0.6, height: 18 };
  return {
    width: 240,
    height: { step: 30 },
    layer: [
      layer('mean', bar, { y, x }),
      intervals('x', x, { y }, { strokeWidth: 2, color }),
      rings('x', x, { y }, { size: 26, color, strokeWidth: 1.2 }),
      ...baselines('x', title),
    ],
  };
}

/** A line a series over an x axis, with intervals and seeds; series differ in hue, shape and dash. */
function line({ means, series }: PlotData, title: string, plot: Plot) {
  const values = [...new Set(means.flatMap(({ x, baseline }) => (baseline ? [] : [x])))];
  const numeric = {
    type: 'quantitative',
    scale: plot.logarithmic ? { type: 'log', padding: 12 } : { zero: false, padding: 12 },
    axis: { values, grid: false, labelExpr: "format(datum.value, ',')" }, // 1,000 and 0.15, not rounded
  };
  const words = { type: 'nominal', sort: values, axis: { labelAngle: 0 } };
  const kind = values.every((value) => typeof value === 'number') ? numeric : words;
  const x = { field: 'x', title: plot.x ?? null, ...kind };
  const y = quantity(title, freely);
  const legend = series.length > 1 ? legendBelow(series) : null;
  const { color, shape, strokeDash } = looksOf('series', series, legend);
  return {
    width: 300,
    height: 220,
    layer: [
      layer('mean', { type: 'line', strokeWidth: 2 }, { x, y, color, strokeDash }),
      intervals('y', y, { x }, { strokeWidth: 1.5 }, { color }),
      layer('mean', { type: 'point', filled: true, size: 70, opacity: 1 }, { x, y, color, shape }),
      rings('y', y, { x }, { size: 22 }, { color, shape }),
      ...baselines('y', title),
    ],
  };
}

/** A mark a row and metric: metrics down the side and rows as shapes, or rows down the side where there are more of them. */
function dots(data: PlotData, title: string) {
  const manyMetrics = data.metrics.length > 2;
  const [field, names] = manyMetrics ? ['label', data.labels] : ['series', data.series];
  const [side, sort] = manyMetrics ? ['metric', data.metrics] : ['label', data.labels];
  const y = { field: side, type: 'nominal', sort, title: null, axis: { grid: true, ticks: false } };
  const place = { y, ...(manyMetrics && { yOffset: { field, type: 'nominal', sort: names } }) };
  const x = quantity(title, freely);
  const { color, shape } = looksOf(field, names, legendBelow(names));
  const size = { condition: { test: 'datum.chosen', value: 160 }, value: 50 };
  return {
    width: 420,
    height: { step: manyMetrics ? 12 : 16 },
    layer: [
      intervals('x', x, place, { strokeWidth: 1.5 }, { color }),
      layer('mean', { type: 'point', filled: true, opacity: 1 }, { ...place, x, color, shape, size }),
      rings('x', x, place, { size: 18, opacity: 0.7 }, { color, shape }),
      ...(manyMetrics ? [] : baselines('x', title)),
    ],
  };
}

const layersOf = { bars, line, dots };

/**
 * What vega-lite draws of a table: the measured numbers as layers over one list of rows, told apart by `kind`.
 *
 * @returns undefined where nothing has been measured yet.
 */
function plotSpec(table: ResultTable, plot: Plot): TopLevelSpec | undefined {
  const data = plotData(table);
  const { means, points, metrics } = data;
  if (means.every(({ baseline }) => baseline)) return undefined;
  const drawn = layersOf[plot.kind](data, valueTitle(table, plot), plot);
  const values = [
    ...means.map((row) => ({ kind: row.baseline ? 'baseline' : 'mean', ...row })),
    ...points.map((row) => ({ kind: row.baseline ? 'baselineSeed' : 'seed', ...row })),
  ];
  const top = { background: 'transparent', data: { values }, config: theme };
  const facets = metrics.length > 1 && !(plot.kind === 'dots' && metrics.length > 2);
  const facet = { field: 'metric', type: 'nominal', title: null, sort: metrics };
  const columns = metrics.length === 3 ? 3 : 2; // three in two columns leave an axis without a plot
  const spec = facets ? { ...top, facet, columns, spec: drawn } : { ...top, ...drawn };
  return spec as unknown as TopLevelSpec; // its type admits no layers that are built from parts
}

/** A plot of a table. */
export interface DrawnPlot {
  readonly svg: string;
  /** On white, two pixels a point. */
  readonly png: Buffer;
}

/** Draws the plot of every table that has one and something to show, in Node, without a browser. */
export async function drawPlots(
  results: StudyResults,
  tables: readonly StudyTable[],
): Promise<ReadonlyMap<string, DrawnPlot>> {
  const drawn = new Map<string, DrawnPlot>();
  for (const { id, plot } of tables) {
    const table = results.tables.find((one) => one.id === id);
    const spec = plot && table && plotSpec(table, plot);
    if (spec === undefined) continue;
    const svg = await drawSvg(spec);
    const onWhite = sharp(Buffer.from(svg), { density: 144 }).flatten({ background: '#fff' });
    drawn.set(id, { svg, png: await onWhite.png().toBuffer() });
  }
  return drawn;
}
