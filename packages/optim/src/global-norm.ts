import { invalidField } from '@m3ae/errors';
import { flattenTree, mapTree, type Tree, zipTrees } from '@m3ae/tree';
import {
  addN,
  div,
  less,
  lessEqual,
  mul,
  type Scalar,
  scalar,
  sqrt,
  square,
  sum,
  type Tensor,
  tidy,
  where,
  zerosLike,
} from '@tensorflow/tfjs-core';
import { tidyTree } from '@m3ae/ops';
import { eachLeaf, type Transform, type UpdateResult } from './transform.js';

/**
 * L2 norm of all leaves taken together: sqrt(sum of squares).
 *
 * @param tree - Tensors of any shape; at least one.
 * @returns A scalar, []; NaN or infinite if any element is, or if the sum of squares overflows float32.
 * @throws RangeError if the tree holds no tensor.
 */
export function globalNorm(tree: Tree<Tensor>): Scalar {
  const leaves = flattenTree<Tensor>(tree);
  if (leaves.length === 0) {
    throw invalidField('tree', 'of at least one tensor', 'an empty tree', 'Pass the gradients.');
  }
  return tidy(() => sqrt(addN(leaves.map(([, leaf]) => sum(square(leaf))))) as Scalar);
}

/**
 * Scales all gradients by `maxNorm / norm` when their global norm is `maxNorm` or more.
 *
 * Gradients below the limit pass unchanged, bit for bit. A gradient that is not finite stays so: wrap the chain in
 * {@link skipNonFinite} to leave such a step out.
 *
 * @param maxNorm - Largest global L2 norm; positive. The reference's 1e9 means "off".
 * @returns A transform without state; `metrics.gradientNorm` is the norm before clipping, [].
 * @throws RangeError if `maxNorm` is not a positive number.
 *
 * @example
 * ```ts
 * chain(clipByGlobalNorm(1), adamW());
 * ```
 *
 * @see Pascanu et al., On the difficulty of training recurrent neural networks, https://arxiv.org/abs/1211.5063;
 * the rule at the limit is optax.clip_by_global_norm's.
 */
export function clipByGlobalNorm(maxNorm: number): Transform {
  if (!(typeof maxNorm === 'number' && maxNorm > 0)) {
    throw invalidField(
      'maxNorm',
      'a positive number',
      maxNorm,
      'Leave the clipping out of the chain to switch it off.',
    );
  }
  return {
    init: () => ({}),
    update(gradients, state) {
      const { updates, gradientNorm } = tidyTree(() => {
        const norm = globalNorm(gradients);
        const scale = scaleFor(norm, maxNorm);
        const clipped = eachLeaf({ gradients }, (leaf) => ({ update: mul(leaf.gradients, scale) }));
        return { updates: clipped.update, gradientNorm: norm };
      });
      return { updates, state, metrics: { gradientNorm } };
    },
  };
}

function scaleFor(norm: Scalar, maxNorm: number): Scalar {
  return tidy(() => {
    const limit = scalar(maxNorm);
    // "less" is false for NaN, so a NaN norm poisons every update instead of passing for a small one.
    return where(less(norm, limit), scalar(1), div(limit, norm)) as Scalar;
  });
}

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
