import { applyUpdates, lars, type LarsOptions } from '@m3ae/optim';
import {
  add,
  cast,
  equal,
  matMul,
  mean,
  mul,
  range,
  reshape,
  rsqrt,
  type Scalar,
  scalar,
  square,
  sub,
  sum,
  type Tensor,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import { foldIn, type RngKey, truncatedNormal } from '@m3ae/random';
import { type NdArray, ndArray, zerosArray } from '@m3ae/tree';
import { softmaxLoss } from '../linear/linear-engine.js';

/** What the probe learns: a plain tree. */
export type ReferenceProbeParams<Leaf> = {
  /** [features, classes] */
  readonly kernel: Leaf;
  /** [classes] */
  readonly bias: Leaf;
};

/** Means and variances that evaluation normalizes with. */
export interface RunningStatistics<Leaf> {
  /** [features] */
  readonly mean: Leaf;
  /** Biased: [features]. */
  readonly variance: Leaf;
}

/** All that one step changes. */
export interface ReferenceProbeState<Leaf> {
  readonly params: ReferenceProbeParams<Leaf>;
  readonly running: RunningStatistics<Leaf>;
  /** Of the optimizer: a tree of the parameters. */
  readonly momentum: ReferenceProbeParams<Leaf>;
}

/** Deviation of a standard normal cut at two deviations; flax divides by it. */
const cutDeviation = 0.87962566103423978;

/** State before the first step, around parameters that are given. */
export function probeStateFrom(params: ReferenceProbeParams<NdArray>): ReferenceProbeState<NdArray> {
  const [features = 0] = params.kernel.shape;
  return {
    params,
    running: {
      mean: zerosArray([features]),
      variance: ndArray(new Float32Array(features).fill(1), [features]),
    },
    momentum: { kernel: zerosArray(params.kernel.shape), bias: zerosArray(params.bias.shape) },
  };
}

/** LeCun-normal kernel (cut at two deviations), bias 0, running mean 0 and variance 1. */
export function initReferenceProbe(
  key: RngKey,
  features: number,
  classes: number,
): ReferenceProbeState<NdArray> {
  const scale = Math.sqrt(1 / features) / cutDeviation;
  const kernel = truncatedNormal(foldIn(key, 0), features * classes).map((value) => value * scale);
  return probeStateFrom({
    kernel: ndArray(kernel, [features, classes]),
    bias: zerosArray([classes]),
  });
}

/** How the probe normalizes and learns; the defaults are the reference's. */
export interface ProbeStepOptions {
  /** Added to the variance. Default 1e-5; the original MAE has 1e-6. */
  readonly epsilon?: number;
  /** Share of the running averages that a step keeps. Default 0.9. */
  readonly statisticsMomentum?: number;
  /** Order and cover of LARS: `optax` (default, the reference's), or `moco` (the original MAE's). */
  readonly variant?: 'optax' | 'moco';
  /** Share of the momentum that a step keeps. Default 0.9. */
  readonly momentum?: number;
  /** L2 decay of the kernel, and of the bias in variant `optax`. Default 0. */
  readonly weightDecay?: number;
  /** Size of a step relative to the parameter's norm. Default 0.001. */
  readonly trustCoefficient?: number;
}

/** One batch of a step. */
export interface ProbeBatch<Leaf> {
  /** [batch, features] */
  readonly features: Leaf;
  /** int32: [batch] */
  readonly labels: Leaf;
  /** [] */
  readonly learningRate: Leaf;
}

/** What a step returns. */
export interface ProbeStepResult<Leaf> {
  readonly state: ReferenceProbeState<Leaf>;
  /** Mean cross-entropy before the update: []. */
  readonly loss: Leaf;
  /** Before the update: [batch, classes]. */
  readonly logits: Leaf;
}

const normalize = (features: Tensor2D, average: Tensor, variance: Tensor, epsilon: number) =>
  mul(sub(features, average), rsqrt(add(variance, scalar(epsilon))));

/** `share · old + (1 - share) · new` */
const blend = (share: number, old: Tensor, fresh: Tensor) =>
  add(mul(old, scalar(share)), mul(fresh, scalar(1 - share)));

/** 1 for the class of an example, 0 elsewhere: [batch, classes]. */
const oneHot = (labels: Tensor, classes: number) =>
  cast(equal(reshape(labels, [-1, 1]), range(0, classes, 1, 'int32')), 'float32');

/**
 * One step of the reference's linear probe, as a pure function to compile.
 *
 * Batch normalization without scale and bias, by the statistics of the batch; an affine map; mean softmax
 * cross-entropy; LARS. The features are frozen, so nothing flows back through the normalization.
 *
 * @throws InvalidInput naming every option of LARS that is out of range.
 *
 * @see linear_main.py and LinearCLS of model.py, https://github.com/young-geng/m3ae_public
 */
export function referenceProbeStep({
  epsilon = 1e-5,
  statisticsMomentum = 0.9,
  ...optimizerOptions
}: ProbeStepOptions = {}): (
  state: ReferenceProbeState<Tensor>,
  batch: ProbeBatch<Tensor>,
) => ProbeStepResult<Tensor> {
  const optimizer = lars(optimizerOptions satisfies LarsOptions);
  return ({ params, running, momentum }, { features, labels, learningRate }) => {
    const average = mean(features, 0);
    const variance = mean(square(sub(features, average)), 0); // biased
    const normal = normalize(features as Tensor2D, average, variance, epsilon);
    const logits: Tensor2D = add(matMul(normal, params.kernel), params.bias);
    const { loss, gradient } = softmaxLoss(logits, oneHot(labels, logits.shape[1]));
    const gradients = { kernel: matMul(normal, gradient, true), bias: sum(gradient, 0) };
    const { updates, state } = optimizer.update(gradients, { momentum }, params, {
      learningRate: learningRate as Scalar,
    });
    return {
      state: {
        params: applyUpdates(params, updates),
        running: {
          mean: blend(statisticsMomentum, running.mean, average),
          variance: blend(statisticsMomentum, running.variance, variance),
        } satisfies RunningStatistics<Tensor>,
        momentum: (state as { readonly momentum: ReferenceProbeParams<Tensor> }).momentum, // of LARS, as it was given
      },
      loss,
      logits,
    };
  };
}

/**
 * Class scores by the running statistics, as in evaluation; a pure function to compile.
 *
 * @returns A function from a state's `params` and `running` and features [batch, features] to [batch, classes].
 */
export function referenceProbeScores({ epsilon = 1e-5 }: Pick<ProbeStepOptions, 'epsilon'> = {}) {
  return (
    { params, running }: Pick<ReferenceProbeState<Tensor>, 'params' | 'running'>,
    features: Tensor2D,
  ): Tensor2D => {
    const normal = normalize(features, running.mean, running.variance, epsilon);
    return add(matMul(normal, params.kernel), params.bias);
  };
}
