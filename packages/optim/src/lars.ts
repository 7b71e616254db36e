import { tidyTree } from '@m3ae/ops';
import { invalidField } from '@m3ae/errors';
import {
  add,
  div,
  greater,
  mul,
  neg,
  type Scalar,
  scalar,
  sqrt,
  square,
  sum,
  type Tensor,
  where,
} from '@tensorflow/tfjs-core';
import { parameterRule, shared } from './rules.js';
import { decayMatrices } from './transform.js';
import { eachLeaf, type ParameterRule, type Transform } from './transform.js';
import {
  checkOptions,
  flag,
  number,
  oneOf,
  optional,
  record,
  type RulesOf,
  withDefault,
} from '@m3ae/errors/rules';
import { accelerate, initMomentum, type MomentumState } from './sgd.js';

/** Options of {@link lars}. */
export interface LarsOptions {
  /**
   * `optax` (default; the reference's linear probe): the learning rate enters before the momentum, and every parameter
   * is adapted. `moco` (MoCo v3, the original MAE): it enters after, and 1-D parameters are neither decayed nor adapted.
   */
  readonly variant?: 'optax' | 'moco';
  /** Share of the buffer kept by an update, in [0, 1). Default 0.9. */
  readonly momentum?: number;
  /** Whether the step looks one update ahead; `optax` only. Default false. */
  readonly nesterov?: boolean;
  /** L2 decay, added to the gradient before the trust ratio. Default 0. */
  readonly weightDecay?: number;
  /** Size of a step relative to the parameter's norm. Default 0.001. */
  readonly trustCoefficient?: number;
  /** Added to the gradient's norm in the ratio. Default 0. */
  readonly epsilon?: number;
  /** Which parameters decay. Default: all (`optax`), those of two axes or more (`moco`). */
  readonly decay?: ParameterRule;
  /** Which parameters get a trust ratio. Default: all (`optax`), those of two axes or more (`moco`). */
  readonly adapt?: ParameterRule;
}

const larsRules = {
  variant: withDefault(oneOf(['optax', 'moco'], 'Check the spelling.'), 'optax'),
  momentum: withDefault(shared.momentum, 0.9),
  nesterov: withDefault(flag('Leave it out for false.'), false),
  weightDecay: withDefault(shared.weightDecay, 0),
  trustCoefficient: withDefault(number({ above: 0 }, 'Use 0.001.'), 0.001),
  epsilon: withDefault(shared.epsilon, 0),
  decay: optional(parameterRule),
  adapt: optional(parameterRule),
} as const satisfies RulesOf<LarsOptions>;

const norm = (x: Tensor) => sqrt(sum(square(x)));

/** Scalars that all parameters share. */
interface Constants {
  readonly zero: Scalar;
  readonly one: Scalar;
  readonly coefficient: Scalar;
  readonly smallest: Scalar;
}

/** trustCoefficient·‖θ‖ / (‖g‖ + epsilon), and 1 where either norm is 0: a zero bias must be able to leave zero. */
function trustRatio(param: Tensor, gradient: Tensor, constants: Constants): Scalar {
  const { zero, one, coefficient, smallest } = constants;
  const paramNorm = norm(param);
  const gradientNorm = norm(gradient);
  const ratio = div(mul(paramNorm, coefficient), add(gradientNorm, smallest));
  return where(greater(paramNorm, zero), where(greater(gradientNorm, zero), ratio, one), one) as Scalar;
}

/**
 * LARS: momentum descent in which each parameter's step is scaled to its own norm.
 *
 * g ← g + weightDecay·θ; r = trustCoefficient·‖θ‖ / ‖g‖ (1 if either norm is 0); then
 * `optax`: b ← -learningRate·r·g + momentum·b, update = b; `moco`: b ← r·g + momentum·b, update = -learningRate·b.
 * The two agree while the learning rate is constant.
 *
 * @returns A transform with {@link MomentumState}.
 * @throws RangeError naming every option that is unknown or out of range.
 *
 * @example
 * ```ts
 * const optimizer = lars({ momentum: 0.9 }); // the reference's linear probe
 * ```
 *
 * @see You et al., Large Batch Training of Convolutional Networks, https://arxiv.org/abs/1708.03888; optax.lars;
 * util/lars.py of facebookresearch/mae.
 */
export function lars(options: LarsOptions = {}): Transform {
  const given = checkOptions(record(larsRules), options, { path: 'lars' });
  const { variant, momentum, nesterov, weightDecay, trustCoefficient, epsilon } = given;
  if (variant === 'moco' && nesterov) {
    throw invalidField('lars.nesterov', 'false with variant moco', true, 'Use variant optax.');
  }
  const covered: ParameterRule = variant === 'moco' ? decayMatrices : () => true;
  const { decay = covered, adapt = covered } = given;
  return {
    init: initMomentum,
    update(gradients, state, params, { learningRate }) {
      return tidyTree(() => {
        const { momentum: buffers } = state as MomentumState<Tensor>;
        const share = scalar(momentum);
        const decayRate = scalar(weightDecay);
        const one = scalar(1);
        const constants = {
          zero: scalar(0),
          one,
          coefficient: scalar(trustCoefficient),
          smallest: scalar(epsilon),
        };
        const rate = neg(learningRate);
        const result = eachLeaf({ gradients, params, buffers }, (leaf, path) => {
          const { shape } = leaf.params;
          const decays = weightDecay > 0 && decay(path, shape);
          const gradient = decays ? add(leaf.gradients, mul(leaf.params, decayRate)) : leaf.gradients;
          const trust = adapt(path, shape) ? trustRatio(leaf.params, gradient, constants) : one;
          const scale = variant === 'optax' ? mul(trust, rate) : trust;
          const { direction, buffer } = accelerate(mul(gradient, scale), leaf.buffers, share, nesterov);
          return { update: variant === 'optax' ? direction : mul(direction, rate), buffer };
        });
        return { updates: result.update, state: { momentum: result.buffer }, metrics: {} };
      });
    },
  };
}
