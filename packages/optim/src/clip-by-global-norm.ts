import { tidyTree } from '@m3ae/ops';
import { div, less, mul, scalar, type Scalar, tidy, where } from '@tensorflow/tfjs-core';
import { eachLeaf } from './each-leaf.js';
import { invalidField } from '@m3ae/errors';
import { globalNorm } from './global-norm.js';
import type { Transform } from './transform.js';

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
