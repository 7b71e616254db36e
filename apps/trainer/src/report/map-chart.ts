import type { TopLevelSpec } from 'vega-lite';
import type { MapResults } from '../evaluation/embedding-map.js';

/** Ten hues of middle lightness, readable on the light and on the dark page; shapes tell them apart without colour. */
const hues = [
  '#4f7fd9',
  '#d9722e',
  '#3a9d5d',
  '#c44e52',
  '#8a6fc9',
  '#9c755f',
  '#d37295',
  '#7f7f7f',
  '#a89a2e',
  '#2fa3b5',
];
const shapes = [
  'circle',
  'square',
  'triangle-up',
  'diamond',
  'cross',
  'triangle-down',
  'triangle-right',
  'triangle-left',
  'stroke',
  'wedge',
];

function specOf({ classNames, models }: MapResults): TopLevelSpec {
  const domain = [...classNames];
  const place = { type: 'quantitative', axis: null, scale: { zero: false, nice: false } } as const;
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    background: 'transparent',
    hconcat: models.map(({ title, points }) => ({
      title: { text: title, color: 'currentColor', font: 'inherit', fontSize: 13 },
      width: models.length === 1 ? 620 : 430,
      height: models.length === 1 ? 480 : 400,
      data: { values: points.map(([x, y, label]) => ({ x, y, class: classNames[label] })) },
      mark: { type: 'point', filled: true, size: 34, opacity: 0.75 },
      encoding: {
        x: { field: 'x', ...place },
        y: { field: 'y', ...place },
        color: {
          field: 'class',
          type: 'nominal',
          scale: { domain, range: hues.slice(0, domain.length) },
          legend: { title: null, orient: 'bottom', columns: 5, symbolOpacity: 1 },
        },
        shape: {
          field: 'class',
          type: 'nominal',
          scale: { domain, range: shapes.slice(0, domain.length) },
        },
      },
    })),
    config: {
      view: { stroke: 'currentColor', strokeOpacity: 0.2 },
      legend: { labelColor: 'currentColor', labelFont: 'inherit', labelFontSize: 11, labelLimit: 200 },
    },
  };
}

/** Draws the maps of one or more models side by side, as SVG text, without a browser. */
export async function drawMaps(results: MapResults): Promise<string> {
  const [vega, { compile }] = await Promise.all([import('vega'), import('vega-lite')]);
  const view = new vega.View(vega.parse(compile(specOf(results)).spec), { renderer: 'none' });
  const svg = await view.toSVG();
  view.finalize();
  return svg;
}
