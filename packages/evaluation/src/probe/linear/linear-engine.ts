import type { NdArray } from '@m3ae/tree';
import {
  add,
  div,
  exp,
  log,
  matMul,
  max,
  mean,
  mul,
  type Scalar,
  square,
  sub,
  sum,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import type { Program, Runner } from '@m3ae/compile';

/**
 * Mean softmax cross-entropy and its gradient by the logits, which share most of their work.
 *
 * @param logits - [rows, classes]
 * @param targets - 1 for the class of a row, 0 elsewhere: [rows, classes].
 * @returns `loss` [] and `gradient` [rows, classes].
 */
export function softmaxLoss(logits: Tensor2D, targets: Tensor): { loss: Scalar; gradient: Tensor2D } {
  const shifted = sub(logits, max(logits, 1, true));
  const powers = exp(shifted);
  const totals = sum(powers, 1, true); // [rows, 1]
  const perRow = sub(log(totals), sum(mul(targets, shifted), 1, true)); // [rows, 1]
  return { loss: mean<Scalar>(perRow), gradient: div(sub(div(powers, totals), targets), logits.shape[0]) };
}

/** Loss and its gradient. */
export type LogisticGradient<Leaf> = {
  readonly loss: Leaf;
  readonly weights: Leaf;
  readonly intercept: Leaf;
};

/** The functions of a linear classifier, made ready by an engine. */
export interface LinearEngine {
  readonly gradient: Program<LogisticGradient<NdArray>>;
  /** `featuresᵀ · features / examples`: [features, features]. */
  readonly covariance: Program<NdArray>;
  /** [features, features] and [features, classes] -> [features, classes] */
  readonly product: Program<NdArray>;
  readonly scores: Program<NdArray>;
  /** Frees the programs; the engine cannot be used afterwards. */
  dispose(): Promise<void>;
}

/**
 * Mean cross-entropy plus `l2 / 2` times the squared weights, with its gradient.
 *
 * @param weights - [features, classes]
 * @param intercept - [classes]
 * @param features - [examples, features]
 * @param targets - 1 for the class of an example, 0 elsewhere: [examples, classes].
 */
function logisticGradient(
  weights: Tensor2D,
  intercept: Tensor1D,
  features: Tensor2D,
  targets: Tensor2D,
  l2: Scalar,
): LogisticGradient<Scalar | Tensor1D | Tensor2D> {
  const scores = add<Tensor2D>(matMul(features, weights), intercept); // [examples, classes]
  const { loss, gradient } = softmaxLoss(scores, targets);
  return {
    loss: add(loss, mul(sum(square(weights)), mul(l2, 0.5))),
    weights: add(matMul(features, gradient, true), mul(weights, l2)),
    intercept: sum(gradient, 0),
  };
}

/** Prepares a runner for linear classifiers; each set of shapes is recorded once. */
export function linearEngine(runner: Runner): LinearEngine {
  const programs = {
    gradient: runner<LogisticGradient<NdArray>>('logistic gradient', logisticGradient),
    covariance: runner<NdArray>('covariance', (features: Tensor2D) =>
      div(matMul(features, features, true), features.shape[0]),
    ),
    product: runner<NdArray>('product', (a: Tensor2D, b: Tensor2D) => matMul(a, b)),
    scores: runner<NdArray>('linear scores', (weights: Tensor2D, intercept: Tensor1D, features: Tensor2D) =>
      add(matMul(features, weights), intercept),
    ),
  };
  const all: readonly Pick<Program<unknown>, 'dispose'>[] = Object.values(programs);
  return {
    ...programs,
    dispose: async () => void (await Promise.all(all.map((program) => program.dispose()))),
  };
}
