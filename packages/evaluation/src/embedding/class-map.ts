import type { RngKey } from '@m3ae/random';
import type { FeatureName } from '../probe/classifier-results.js';
import type { Matrix } from '../matrix.js';
import { unitRows } from '../standardize.js';
import { embed2d, type EmbeddingMethod } from './embed-2d.js';

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
