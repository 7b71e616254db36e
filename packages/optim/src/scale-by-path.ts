import { tidyTree } from '@m3ae/ops';
import { mul, scalar } from '@tensorflow/tfjs-core';
import { eachLeaf } from './each-leaf.js';
import { invalidField } from '@m3ae/errors';
import type { Transform } from './transform.js';

/**
 * Multiplies each parameter's update by a fixed number chosen by its path; last in a chain it is a learning rate of its own.
 *
 * @param scale - From a path such as `encoder.blocks.3.mlp.hidden.kernel` to a factor, zero (frozen) or more.
 * @returns A transform without state.
 * @throws RangeError, in `init` and `update`, if a factor is negative or not finite; the path is named.
 *
 * @example
 * ```ts
 * chain(adamW(), scaleByPath((path) => (path.startsWith('head.') ? 1 : 0.1)));
 * ```
 */
export function scaleByPath(scale: (path: string) => number): Transform {
  if (typeof scale !== 'function')
    throw invalidField(
      'scale',
      'a function of the path',
      scale,
      "Write e.g. (path) => (path === 'head.kernel' ? 10 : 1).",
    );
  const factorOf = (path: string) => {
    const factor = scale(path);
    if (Number.isFinite(factor) && factor >= 0) return factor;
    throw invalidField(
      `scale('${path}')`,
      'a finite number, zero or more',
      factor,
      'Return 1 to leave a rate as it is.',
    );
  };
  return {
    init: () => ({}),
    update(gradients, state) {
      const { update } = tidyTree(() =>
        eachLeaf({ gradients }, (leaf, path) => {
          const factor = factorOf(path);
          return { update: factor === 1 ? leaf.gradients.clone() : mul(leaf.gradients, scalar(factor)) };
        }),
      );
      return { updates: update, state, metrics: {} };
    },
  };
}
