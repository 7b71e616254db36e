import { tidyTree } from '@m3ae/ops';
import { invalidField } from '@m3ae/errors';
import { add, mul, neg, type Scalar, scalar, type Tensor } from '@tensorflow/tfjs-core';
import { checkOptions, flag, record, type RulesOf, withDefault } from '@m3ae/errors/rules';
import { mapTree, type NdArray, type Tree, zerosArray } from '@m3ae/tree';
import { eachLeaf, type ParameterRule, type Transform } from './transform.js';
import { shared } from './rules.js';

/** State of {@link sgd} and {@link lars}: one buffer in the structure of the parameters. */
export type MomentumState<Leaf> = { readonly momentum: Tree<Leaf> };

/** Zero buffers for every parameter. */
export function initMomentum(params: Tree<NdArray>): Tree<NdArray> {
  return { momentum: mapTree<NdArray, NdArray>(params, ({ shape }) => zerosArray(shape)) };
}

/** buffer ← step + share·buffer; with Nesterov the direction looks one step ahead: step + share·buffer. */
export function accelerate(
  step: Tensor,
  buffer: Tensor,
  share: Scalar,
  nesterov: boolean,
): { direction: Tensor; buffer: Tensor } {
  const next = add(step, mul(buffer, share));
  return { direction: nesterov ? add(step, mul(next, share)) : next, buffer: next };
}

/** Options of {@link sgd}. */
export interface SgdOptions {
  /** Share of the buffer kept by an update, in [0, 1). Default 0: plain descent, without state. */
  readonly momentum?: number;
  /** Whether the step looks one update ahead. Default false. */
  readonly nesterov?: boolean;
  /** L2 decay, added to the gradient before the momentum. Default 0. */
  readonly weightDecay?: number;
  /** Which parameters decay. Default: all. */
  readonly decay?: ParameterRule;
}

const sgdRules = {
  momentum: withDefault(shared.momentum, 0),
  nesterov: withDefault(flag('Leave it out for false.'), false),
  weightDecay: withDefault(shared.weightDecay, 0),
  decay: shared.decay,
} as const satisfies RulesOf<SgdOptions>;

/**
 * Stochastic gradient descent with momentum, in PyTorch's order.
 *
 * g ← g + weightDecay·θ; b ← g + momentum·b; update = -learningRate·b (Nesterov: -learningRate·(g + momentum·b)).
 * The learning rate enters after the momentum, so a change of rate acts at once on the whole buffer.
 *
 * @returns A transform with {@link MomentumState}, or without state when `momentum` is 0.
 * @throws RangeError naming every option that is unknown or out of range, or if `nesterov` comes without momentum.
 *
 * @example
 * ```ts
 * const optimizer = sgd({ momentum: 0.9, nesterov: true });
 * ```
 *
 * @see Sutskever et al., On the importance of initialization and momentum in deep learning, ICML 2013;
 * torch.optim.SGD with dampening 0.
 */
export function sgd(options: SgdOptions = {}): Transform {
  const { momentum, nesterov, weightDecay, decay } = checkOptions(record(sgdRules), options, { path: 'sgd' });
  if (nesterov && momentum === 0) {
    throw invalidField(
      'sgd.momentum',
      'above 0 with nesterov',
      0,
      'Set it, e.g. 0.9, or leave nesterov out.',
    );
  }
  return {
    init: (params) => (momentum === 0 ? {} : initMomentum(params)),
    update(gradients, state, params, { learningRate }) {
      return tidyTree(() => {
        const rate = neg(learningRate);
        const share = scalar(momentum);
        const decayRate = scalar(weightDecay);
        const decayed = (gradient: Tensor, param: Tensor, path: string) =>
          weightDecay > 0 && decay(path, param.shape) ? add(gradient, mul(param, decayRate)) : gradient;
        if (momentum === 0) {
          const { update } = eachLeaf({ gradients, params }, (leaf, path) => ({
            update: mul(decayed(leaf.gradients, leaf.params, path), rate),
          }));
          return { updates: update, state, metrics: {} };
        }
        const { momentum: buffers } = state as MomentumState<Tensor>;
        const result = eachLeaf({ gradients, params, buffers }, (leaf, path) => {
          const step = decayed(leaf.gradients, leaf.params, path);
          const { direction, buffer } = accelerate(step, leaf.buffers, share, nesterov);
          return { update: mul(direction, rate), buffer };
        });
        return { updates: result.update, state: { momentum: result.buffer }, metrics: {} };
      });
    },
  };
}
