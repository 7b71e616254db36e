import { invalidField } from '@m3ae/errors';
import type { Tree } from '@m3ae/tree';
import type { Scalar, Tensor } from '@tensorflow/tfjs-core';
import type { Transform } from './transform.js';

/**
 * Runs transforms one after the other: each receives the updates of the one before as its gradients.
 *
 * The state is an array with one entry a transform (`{}` for those without any), so the first moment of
 * `chain(clipByGlobalNorm(1), adamW())` is stored under `1.firstMoment.…`.
 *
 * @param transforms - At least one, in the order of use: clipping first, layer-wise rates last.
 * @returns A transform whose metrics are those of all parts; of two with one name, the later wins.
 * @throws RangeError if no transform is given, or something else; or, in `update`, if the state has another number of entries.
 *
 * @example
 * ```ts
 * const optimizer = chain(clipByGlobalNorm(1), adamW({ weightDecay: 0.05 }));
 * ```
 *
 * @see optax.chain
 */
export function chain(...transforms: readonly Transform[]): Transform {
  if (transforms.length === 0) {
    throw invalidField('transforms', 'at least one', 'none', 'Pass an optimizer such as adamW().');
  }
  const strange = transforms.findIndex((transform) => typeof transform?.update !== 'function');
  if (strange >= 0)
    throw invalidField(`transforms.${strange}`, 'a transform', transforms[strange], 'Write e.g. adamW().');
  return {
    init: (params) => transforms.map((transform) => transform.init(params)),
    update(gradients, state, params, hyper) {
      if (!Array.isArray(state) || state.length !== transforms.length) {
        throw invalidField(
          'state',
          `an array of ${transforms.length}, one entry for each transform of the chain`,
          Array.isArray(state) ? `an array of ${state.length}` : typeof state,
          'Start from the init of the same chain.',
        );
      }
      let updates = gradients;
      const next: Tree<Tensor>[] = [];
      const metrics: Record<string, Scalar> = {};
      transforms.forEach((transform, i) => {
        const result = transform.update(updates, state[i]!, params, hyper);
        updates = result.updates;
        next.push(result.state);
        Object.assign(metrics, result.metrics);
      });
      return { updates, state: next, metrics };
    },
  };
}
