import { tidyTree } from '@m3ae/ops';
import { mapTree, type NdArray, type Tree, zerosArray } from '@m3ae/tree';
import {
  add,
  cast,
  div,
  minimum,
  mul,
  neg,
  type Scalar,
  scalar,
  sqrt,
  square,
  tanh,
  type Tensor,
} from '@tensorflow/tfjs-core';
import { eachLeaf, type ParameterRule, type Transform } from './transform.js';
import { checkOptions, record, type RulesOf, withDefault } from '@m3ae/errors/rules';
import { share, shared } from './rules.js';

/** Options of {@link adamW}. */
export interface AdamWOptions {
  /** Share of the first moment kept by an update, in [0, 1). Default 0.9 (M3AE). */
  readonly b1?: number;
  /** Share of the second moment kept by an update, in [0, 1). Default 0.95 (M3AE; fine-tuning uses 0.999). */
  readonly b2?: number;
  /** Added to the root of the second moment. Default 1e-8 (M3AE). */
  readonly epsilon?: number;
  /** Decoupled weight decay, times the learning rate. Default 0.05 (M3AE). */
  readonly weightDecay?: number;
  /** Which parameters decay. Default: all; `decayExcept(…)` and `decayMatrices` are the usual choices. */
  readonly decay?: ParameterRule;
}

/** The rules of {@link AdamWOptions}. */
export const adamWRules = {
  b1: withDefault(share('Use 0.9.'), 0.9),
  b2: withDefault(share('Use 0.95, as the paper does.'), 0.95),
  epsilon: withDefault(shared.epsilon, 1e-8),
  weightDecay: withDefault(shared.weightDecay, 0.05),
  decay: shared.decay,
} as const satisfies RulesOf<AdamWOptions>;

/** State of {@link adamW}; the moments have the structure of the parameters. */
export type AdamState<Leaf> = {
  /** Updates done: int32 []. */
  readonly count: Leaf;
  readonly firstMoment: Tree<Leaf>;
  readonly secondMoment: Tree<Leaf>;
};

/**
 * 1 - base^count, accurate for a base close to 1.
 *
 * Written with tanh, as 1 - exp(-2x) = 2 tanh(x) / (1 + tanh(x)): the plain difference loses half the digits in
 * float32 (0.999: an error of 1e-5 at the first update), and not every backend has expm1. Beyond 20 the result is 1
 * in float32, and some GPUs' tanh overflows.
 */
function oneMinusPower(base: number, count: Scalar): Scalar {
  const half = scalar(-Math.log(Math.max(base, 1e-300)) / 2);
  const slope = tanh(minimum(mul(count, half), scalar(20)));
  return div(mul(slope, scalar(2)), add(slope, scalar(1)));
}

/**
 * AdamW: Adam with decoupled weight decay, and the decay chosen by parameter path.
 *
 * With t counting from 1: m ← b1·m + (1 - b1)·g; v ← b2·v + (1 - b2)·g²;
 * update = -learningRate · (m̂ / (√v̂ + epsilon) + weightDecay·θ), where m̂ = m / (1 - b1^t) and v̂ = v / (1 - b2^t).
 *
 * @returns A transform with {@link AdamState}; twice the memory of the parameters.
 * @throws RangeError naming every option that is unknown or out of range.
 *
 * @example
 * ```ts
 * const optimizer = adamW({ weightDecay: 0.05, decay: decayExcept(['bias', 'clsToken']) });
 * const state = optimizer.init(params); // plain arrays
 * ```
 *
 * @see Loshchilov and Hutter, Decoupled Weight Decay Regularization, https://arxiv.org/abs/1711.05101
 */
export function adamW(options: AdamWOptions = {}): Transform {
  const { b1, b2, epsilon, weightDecay, decay } = checkOptions(record(adamWRules), options, {
    path: 'adamW',
  });
  return {
    init(params): Tree<NdArray> {
      const zeros = () => mapTree<NdArray, NdArray>(params, ({ shape }) => zerosArray(shape));
      return { count: { shape: [], data: Int32Array.of(0) }, firstMoment: zeros(), secondMoment: zeros() };
    },
    update(gradients, state, params, { learningRate }) {
      return tidyTree(() => {
        const { count, firstMoment, secondMoment } = state as AdamState<Tensor>;
        const nextCount = add(count, scalar(1, 'int32'));
        const done = cast(nextCount, 'float32') as Scalar;
        // Scalars once a step, so that each parameter sees one straight chain of elementwise work.
        const [keepFirst, takeFirst] = [scalar(b1), scalar(1 - b1)];
        // Its root, before squaring: the square of a large gradient's scale would be lost in float32.
        const [keepSecond, takeSecond] = [scalar(b2), scalar(Math.sqrt(1 - b2))];
        // m̂ / (√v̂ + epsilon) = m·c / (√v + epsilon·c) / (1 - b1^t) with c = √(1 - b2^t): one operation less an element.
        const correction = sqrt(oneMinusPower(b2, done));
        const smallest = mul(correction, scalar(epsilon));
        const stepSize = neg(div(mul(learningRate, correction), oneMinusPower(b1, done)));
        const decayRate = mul(learningRate, scalar(-weightDecay));
        const result = eachLeaf({ gradients, firstMoment, secondMoment, params }, (leaf, path) => {
          const first = add(mul(leaf.firstMoment, keepFirst), mul(leaf.gradients, takeFirst));
          const second = add(mul(leaf.secondMoment, keepSecond), square(mul(leaf.gradients, takeSecond)));
          const step = mul(div(first, add(sqrt(second), smallest)), stepSize);
          const decays = weightDecay > 0 && decay(path, leaf.params.shape);
          return { update: decays ? add(step, mul(leaf.params, decayRate)) : step, first, second };
        });
        const next = { count: nextCount, firstMoment: result.first, secondMoment: result.second };
        return { updates: result.update, state: next, metrics: {} };
      });
    },
  };
}
