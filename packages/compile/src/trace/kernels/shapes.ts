import { backend_util, util } from '@tensorflow/tfjs-core';
import type { ElementType } from '../../ir/graph.js';
import type { ResultType } from '../../ir/builder.js';

/** The shape two shapes broadcast to. */
export function broadcast(a: readonly number[], b: readonly number[]): number[] {
  return backend_util.assertAndGetBroadcastShape([...a], [...b]);
}

/** A shape and an element type, as the result of a node. */
export const result = (shape: readonly number[], dtype: ElementType): ResultType => ({ shape, dtype });

/** Axes named by a tfjs attribute (a number, a list, or nothing for all), counted from the front. */
export function axesOf(
  axis: number | readonly number[] | null | undefined,
  shape: readonly number[],
): number[] {
  const all = shape.map((_, i) => i);
  return axis === null || axis === undefined
    ? all
    : util.parseAxisParam(axis as number | number[], [...shape]);
}

/** A shape with an axis of length 1 put in. */
export const insertAxis = (shape: readonly number[], axis: number): number[] => [
  ...shape.slice(0, axis),
  1,
  ...shape.slice(axis),
];

/** A shape with an axis taken out. */
export const removeAxis = (shape: readonly number[], axis: number): number[] =>
  shape.filter((_, i) => i !== axis);
