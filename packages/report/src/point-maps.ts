import type { TopLevelSpec } from 'vega-lite';
import { pluralize } from '@m3ae/errors';
import type { MapResults } from '@m3ae/evaluation/embedding';
import { classMarks } from './class-marks.js';
import { drawSvg } from './draw.js';
import { escapeHtml } from './escape.js';
import { sectionHtml } from './page.js';

/** Examples of some classes as points in the plane, for one or more models. */
export interface PointMaps {
  /** Names in the order of the labels. */
  readonly classNames: readonly string[];
  /** One or two, drawn side by side. */
  readonly models: readonly {
    readonly title: string;
    readonly points: readonly (readonly [x: number, y: number, label: number])[];
  }[];
}

/** Columns of the legend: as many as the longest name lets fit beside each other. */
function legendColumns(classNames: readonly string[], width: number): number {
  const longest = Math.max(...classNames.map((name) => name.length));
  return Math.max(1, Math.floor(width / Math.min(240, 40 + 6 * longest)));
}

function specOf({ classNames, models }: PointMaps): TopLevelSpec {
  const domain = [...classNames];
  const marks = classMarks(domain.length);
  const width = models.length === 1 ? 620 : 430;
  const place = { type: 'quantitative', axis: null, scale: { zero: false, nice: false } } as const;
  return {
    background: 'transparent',
    hconcat: models.map(({ title, points }) => ({
      title: { text: title, color: 'currentColor', font: 'inherit', fontSize: 13 },
      width,
      height: models.length === 1 ? 480 : 400,
      data: { values: points.map(([x, y, label]) => ({ x, y, class: classNames[label] })) },
      mark: { type: 'point', filled: true, size: 34, opacity: 1, fillOpacity: 0.75 },
      encoding: {
        x: { field: 'x', ...place },
        y: { field: 'y', ...place },
        color: {
          field: 'class',
          type: 'nominal',
          scale: { domain, range: marks.map(({ hue }) => hue) },
          legend: {
            title: null,
            orient: 'bottom',
            columns: legendColumns(domain, width * models.length),
            symbolLimit: domain.length, // else Vega leaves out what comes after the thirtieth
            encoding: { symbols: { update: { fillOpacity: { value: 1 } } } },
          },
        },
        shape: {
          field: 'class',
          type: 'nominal',
          scale: { domain, range: marks.map(({ shape }) => shape) },
        },
      },
    })),
    config: {
      view: { stroke: 'currentColor', strokeOpacity: 0.2 },
      legend: { labelColor: 'currentColor', labelFont: 'inherit', labelFontSize: 11, labelLimit: 200 },
    },
  };
}

/**
 * Draws the maps of one or more models side by side, as SVG text.
 *
 * @param maps - At most `mostMarks` classes can be told apart.
 */
export function drawPointMaps(maps: PointMaps): Promise<string> {
  return drawSvg(specOf(maps));
}

/** E.g. `3 classes` or `the 120 most frequent of 150 classes`. */
export function mapClasses({ classNames, classes = classNames.length }: MapResults): string {
  if (classes > classNames.length) return `the ${classNames.length} most frequent of ${classes} classes`;
  return pluralize(classes, 'class');
}

/** The section with pictures as points in the plane. */
export async function mapsSection(results: MapResults): Promise<string> {
  const { models, method, part, features } = results;
  const titles = models.map(({ title }) => title).join(' and ');
  const name = method === 'tsne' ? 't-SNE' : 'UMAP';
  const about = `${pluralize(models[0]!.points.length, 'picture')} of ${part} as points by ${name}, marked and colored by class (${mapClasses(results)}): ${titles}.`;
  return sectionHtml(
    'maps',
    'Pictures as points',
    `<p>${escapeHtml(about)} What the encoder (${escapeHtml(features)}) finds alike lies close together; the axes have no unit, and large distances mean little.</p>`,
    `<div class="map" role="img" aria-label="${escapeHtml(about)}">${await drawPointMaps(results)}</div>`,
  );
}
