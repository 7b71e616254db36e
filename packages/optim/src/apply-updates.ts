import { tidyTree } from '@m3ae/ops';
import type { Tree } from '@m3ae/tree';
import { add, type Tensor } from '@tensorflow/tfjs-core';
import { eachLeaf } from './each-leaf.js';

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
