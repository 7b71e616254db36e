import { tidyTree } from '@m3ae/ops';
import { mapTree, type Tree, zipTrees } from '@m3ae/tree';
import { lessEqual, scalar, type Scalar, type Tensor, where, zerosLike } from '@tensorflow/tfjs-core';
import { globalNorm } from './global-norm.js';
import type { Transform, UpdateResult } from './transform.js';

const largestFloat32 = 3.4028234663852886e38;

/**
 * Leaves a step out when its gradient is not finite: the updates are zero and the state stays as it was.
 *
 * The decision is taken inside the computation, from the global norm of the gradients, with no value read: it works
 * compiled. A gradient so large that the sum of its squares overflows float32 counts as not finite.
 *
 * @param inner - What runs otherwise; usually the whole chain, so that clipping sees the same norm.
 * @returns A transform with the state of `inner`. `metrics.skipped` is 1 if the step was left out, else 0, [];
 * `metrics.gradientNorm` is the global norm, [].
 *
 * @example
 * ```ts
 * const optimizer = skipNonFinite(chain(clipByGlobalNorm(1), adamW()));
 * ```
 *
 * @see optax.apply_if_finite
 */
export function skipNonFinite(inner: Transform): Transform {
  return {
    init: inner.init,
    update(gradients, state, params, hyper) {
      return tidyTree(() => {
        const gradientNorm = globalNorm(gradients);
        const finite: Scalar = lessEqual(gradientNorm, scalar(largestFloat32)); // false for NaN
        const next = inner.update(gradients, state, params, hyper);
        return {
          ...chosen(finite, next, state),
          metrics: {
            ...next.metrics,
            gradientNorm,
            skipped: where(finite, scalar(0), scalar(1)),
          },
        };
      });
    },
  };
}

/** What was computed where `finite`, else zero updates and the state of before, element by element. */
function chosen(
  finite: Scalar,
  next: UpdateResult,
  state: Tree<Tensor>,
): Pick<UpdateResult, 'updates' | 'state'> {
  return {
    updates: mapTree<Tensor, Tensor>(next.updates, (update) => where(finite, update, zerosLike(update))),
    state: zipTrees<Tensor, Tensor, Tensor>(next.state, state, (after, before) =>
      where(finite, after, before),
    ),
  };
}
