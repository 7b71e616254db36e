import { faultOf, isInInterval, nearestHint, positiveInteger, throwFaults } from '@m3ae/errors';
import type { RngKey } from '@m3ae/random';
import { featureFaults } from '../check.js';
import { type Matrix, unitRows } from '../matrix.js';
import type { FeatureName } from '../probe/classifier-results.js';
import { tsne, umap } from './layouts.js';

/** How points are laid out. */
export type EmbeddingMethod = 'tsne' | 'umap';

/** Options of {@link embed2d}. */
export interface EmbeddingOptions {
  /** The same key always gives the same points. */
  readonly key: RngKey;
  /** Default `tsne`, as in the paper's figure. */
  readonly method?: EmbeddingMethod;
  /** A class for each row, handed on to the result: [rows]. */
  readonly labels?: Int32Array;
  /** t-SNE: about how many neighbors count, below the rows. Default 30, or a third of the rows if fewer than 90. */
  readonly perplexity?: number;
  /** UMAP: neighbors that make a neighborhood, below the rows. Default 15, or fewer for fewer rows. */
  readonly neighbors?: number;
  /** UMAP: how close points may lie. Default 0.1. */
  readonly minDistance?: number;
  /** Steps of either method. Default 500. */
  readonly steps?: number;
}

/** Rows as points in the plane. */
export interface EmbeddingMap {
  /** [rows, 2]; the axes have no unit and no meaning. */
  readonly points: Matrix;
  /** The class of each point, where given: [rows]. */
  readonly labels?: Int32Array;
}

/** Every option filled in. */
export type Settings = Required<Omit<EmbeddingOptions, 'labels'>>;

const methods = { tsne, umap };

function checkOptions({ rows }: Matrix, settings: Settings, labels: Int32Array | undefined): void {
  const { method, perplexity, neighbors, minDistance, steps } = settings;
  const names = Object.keys(methods);
  throwFaults([
    !names.includes(method) && faultOf('method', names.join(' or '), method, nearestHint(method, names)),
    rows < 4 && faultOf('features', 'of 4 rows or more', rows, 'A map of fewer shows nothing.'),
    labels !== undefined &&
      labels.length !== rows &&
      faultOf(
        'labels',
        `one for each of ${rows} rows`,
        labels.length,
        'Label the examples that were encoded.',
      ),
    method === 'tsne' &&
      !isInInterval(perplexity, `(0, ${rows})`) &&
      faultOf('perplexity', `above 0 and below the ${rows} rows`, perplexity, 'Usual is 5 to 50.'),
    method === 'umap' &&
      !(Number.isInteger(neighbors) && neighbors >= 2 && neighbors < rows) &&
      faultOf('neighbors', `a whole number from 2 to below the ${rows} rows`, neighbors, 'Usual is 5 to 50.'),
    method === 'umap' &&
      !isInInterval(minDistance, '[0, 1]') &&
      faultOf('minDistance', 'in [0, 1]', minDistance, 'Usual is 0.1.'),
    positiveInteger('steps', steps, 'Usual are 500.'),
  ]);
}

/**
 * Lays rows out in the plane so that neighbors stay neighbors.
 *
 * Distances are Euclidean; pass `unitRows(features)` for the angle between rows. Time and memory grow with the square
 * of the rows: take at most some thousands.
 *
 * @param features - [rows, columns], 4 rows or more.
 * @throws InvalidInput with every fault at once: features that cannot be used, an unknown method, an option out of range.
 *
 * @example
 * ```ts
 * const { points } = embed2d(features, { key: key(0), labels }); // [rows, 2]
 * ```
 *
 * @see van der Maaten, Hinton (2008), Visualizing Data using t-SNE.
 * @see McInnes et al., UMAP, https://arxiv.org/abs/1802.03426
 */
export function embed2d(features: Matrix, options: EmbeddingOptions): EmbeddingMap {
  const { rows } = features;
  throwFaults(featureFaults('features', features));
  const { labels, ...given } = options;
  const settings: Settings = {
    key: given.key,
    method: given.method ?? 'tsne',
    perplexity: given.perplexity ?? Math.min(30, rows / 3),
    neighbors: given.neighbors ?? Math.min(15, rows - 1),
    minDistance: given.minDistance ?? 0.1,
    steps: given.steps ?? 500,
  };
  checkOptions(features, settings, labels);
  const points = methods[settings.method](features, settings);
  return {
    points: { rows, columns: 2, data: Float32Array.from(points.flat()) },
    ...(labels !== undefined && { labels }),
  };
}

/** Pictures of one model as points. */
export interface ModelMap {
  /** E.g. `M3AE: emoji-tiny`. */
  readonly title: string;
  readonly folder: string;
  readonly step: number;
  readonly weights: string;
  /** `[x, y, class]` of each picture; the axes have no unit. */
  readonly points: readonly (readonly [x: number, y: number, label: number])[];
}

/** The same pictures as some models see them. */
export interface MapResults {
  readonly method: EmbeddingMethod;
  readonly features: FeatureName;
  /** Of the classes that are drawn, the most frequent ones. */
  readonly classNames: readonly string[];
  /** How many classes the pictures have; absent in records of earlier versions, which drew at most ten. */
  readonly classes?: number;
  readonly part: string;
  readonly models: readonly ModelMap[];
}

const rounded = (value: number) => Math.round(value * 1000) / 1000;

/** Rows as points in the plane by the angle between them, each with its class; three decimals. */
export function classMap(
  features: Matrix,
  labels: Int32Array,
  options: { readonly key: RngKey; readonly method: EmbeddingMethod },
): ModelMap['points'] {
  const { data } = embed2d(unitRows(features), { ...options, labels }).points;
  return Array.from(labels, (label, row) => [rounded(data[2 * row]!), rounded(data[2 * row + 1]!), label]);
}
