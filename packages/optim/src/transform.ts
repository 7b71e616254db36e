import type { NdArray, Tree } from '@m3ae/tree';
import { add, type Scalar, type Tensor } from '@tensorflow/tfjs-core';
import { tidyTree } from '@m3ae/ops';
import { eachLeaf } from './each-leaf.js';

/** What changes from update to update but belongs to no parameter. */
export interface Hyper {
  /** Learning rate of this update, from a schedule on the host: []. */
  readonly learningRate: Scalar;
}

/** What {@link Transform.update} returns; all of it belongs to the caller. */
export interface UpdateResult {
  /** What to add to the parameters, in their structure; see {@link applyUpdates}. */
  readonly updates: Tree<Tensor>;
  /** The state for the next update, in the structure of the one given. */
  readonly state: Tree<Tensor>;
  /** Scalars worth logging, such as `gradientNorm` and `skipped`. */
  readonly metrics: Readonly<Record<string, Scalar>>;
}

/**
 * One part of an optimizer: a pure pair of functions, composed by {@link chain}.
 *
 * `init` runs on the host, on plain arrays, and needs no tfjs backend. `update` takes and returns tensors, reads no
 * value, and so can be compiled.
 *
 * @see optax.GradientTransformation
 */
export interface Transform {
  /** The state before the first update, in plain arrays; `{}` for a transform without any. */
  readonly init: (params: Tree<NdArray>) => Tree<NdArray>;
  /** Turns gradients into updates. The trees of gradients and params must have the same structure and shapes. */
  readonly update: (
    gradients: Tree<Tensor>,
    state: Tree<Tensor>,
    params: Tree<Tensor>,
    hyper: Hyper,
  ) => UpdateResult;
}

/**
 * Says of a parameter whether a rule (weight decay, layer-wise trust) covers it.
 *
 * @param path - The leaf's path, e.g. `encoder.blocks.3.norm1.scale`.
 * @param shape - The leaf's shape.
 */
export type ParameterRule = (path: string, shape: readonly number[]) => boolean;

/**
 * Adds the updates to the parameters: `params + updates`, leaf by leaf.
 *
 * @param params - Parameters before the step; not disposed.
 * @param updates - What {@link Transform.update} returned, in the same structure and shapes.
 * @returns New tensors in the structure of `params`.
 * @throws RangeError if structure or shapes differ.
 *
 * @example
 * ```ts
 * const { updates, state: next } = optimizer.update(gradients, state, params, { learningRate });
 * const trained = applyUpdates(params, updates);
 * ```
 */
export function applyUpdates<Params>(params: Params, updates: Tree<Tensor>): Params {
  return tidyTree(() => {
    const { next } = eachLeaf({ params: params as Tree<Tensor>, updates }, (leaf) => ({
      next: add(leaf.params, leaf.updates),
    }));
    return next as Params;
  });
}
