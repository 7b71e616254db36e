import type { TopLevelSpec } from 'vega-lite';
import { type PlotData, plotData, valueTitle } from './plot-data.js';
import { bars, dots, line, type Plot } from './plot-layers.js';
import { config } from './plot-style.js';
import type { ResultTable } from './results-types.js';

/** The measured numbers as layers over one table, told apart by `kind`. */
function rowsOf({ means, points }: PlotData): object[] {
  return [
    ...means.map((row) => ({ kind: row.baseline ? 'baseline' : 'mean', ...row })),
    ...points.map((row) => ({ kind: row.baseline ? 'baselineSeed' : 'seed', ...row })),
  ];
}

/**
 * What vega-lite draws of a table.
 *
 * @returns undefined where nothing has been measured yet.
 */
export function plotSpec(table: ResultTable, plot: Plot): TopLevelSpec | undefined {
  const data = plotData(table);
  if (data.means.every(({ baseline }) => baseline)) return undefined;
  const title = valueTitle(table, plot);
  const drawn =
    plot.kind === 'bars'
      ? bars(data, title)
      : plot.kind === 'line'
        ? line(data, title, plot)
        : dots(data, title);
  const top = {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    background: 'transparent',
    data: { values: rowsOf(data) },
    config,
  };
  const facets = data.metrics.length > 1 && !(plot.kind === 'dots' && data.metrics.length > 2);
  const spec = facets
    ? {
        ...top,
        facet: { field: 'metric', type: 'nominal', title: null, sort: [...data.metrics] },
        columns: data.metrics.length === 3 ? 3 : 2, // three in two columns leave an axis without a plot
        spec: drawn,
      }
    : { ...top, ...drawn };
  return spec as unknown as TopLevelSpec;
}
