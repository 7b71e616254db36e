import type { TopLevelSpec } from 'vega-lite';
import { pluralize } from '@m3ae/errors';
import type { MapResults } from '@m3ae/evaluation/embedding';
import { drawSvg } from './charts.js';
import { escapeHtml, sectionHtml } from './page.js';

/** Hues of middle lightness, readable on the light and on the dark page. */
const hues = [
  '#4f7fd9',
  '#d9722e',
  '#3a9d5d',
  '#c44e52',
  '#8a6fc9',
  '#a0643c',
  '#d37295',
  '#7f7f7f',
  '#a89a2e',
  '#2fa3b5',
];

/**
 * Shapes of Vega, by name or as a path in the square from -1 to 1. Each has an area: marks are filled and not stroked, so
 * that one that is only a line would leave nothing to see.
 */
const shapes = [
  'circle',
  'square',
  'triangle-up',
  'diamond',
  'cross',
  'triangle-down',
  'triangle-right',
  'triangle-left',
  'M0,-1L0.24,-0.32L0.95,-0.31L0.38,0.12L0.59,0.81L0,0.4L-0.59,0.81L-0.38,0.12L-0.95,-0.31L-0.24,-0.32Z', // a star
  'M-1,-1L1,-1L-1,1L1,1Z', // an hourglass
  'M-1,-0.6L-0.6,-1L0,-0.4L0.6,-1L1,-0.6L0.4,0L1,0.6L0.6,1L0,0.4L-0.6,1L-1,0.6L-0.4,0Z', // a diagonal cross
  'M-1,0.5A1,1,0,0,1,1,0.5Z', // a half disc
];

/** Most classes that a hue and a shape keep apart. */
export const mostMarks = hues.length * shapes.length;

/** What the points of a class look like. */
export interface ClassMark {
  readonly hue: string;
  /** As Vega takes it. */
  readonly shape: string;
}

/**
 * A mark for each of some classes, no two the same up to {@link mostMarks}.
 *
 * Ten classes in a row have ten hues and ten shapes, so that the first ten need only one of the two to be told apart.
 */
export function classMarks(classes: number): ClassMark[] {
  return Array.from({ length: classes }, (_, label) => ({
    hue: hues[label % hues.length]!,
    shape: shapes[(label + Math.floor(label / hues.length)) % shapes.length]!,
  }));
}

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
