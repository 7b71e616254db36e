import { valueAndGradients } from '@m3ae/compile';
import { mapTree, type Tree, zipTrees } from '@m3ae/tree';
import { add, mul, type Scalar, type Tensor } from '@tensorflow/tfjs-core';
import type { LossFunction } from './loss-result.js';
import { microBatches } from './micro-batches.js';
import type { StepBatch } from './types.js';

/** Metrics of a batch and the gradient of its loss by every parameter. */
export interface LossGradients {
  readonly metrics: Readonly<Record<string, Scalar>>;
  readonly gradients: Tree<Tensor>;
}

/**
 * Metrics and gradients of a batch, computed in `accumulate` parts of equal size and averaged.
 *
 * Every loss is a mean over examples, so the average over equal parts is that of the whole batch, and the activations
 * of one part alone are held at a time.
 */
export function lossGradients(
  loss: LossFunction,
  params: Tree<Tensor>,
  batch: StepBatch<Tensor>,
  accumulate: number,
): LossGradients {
  const results = microBatches(batch, accumulate).map((part) => {
    const { aux, gradients } = valueAndGradients((weights) => loss(weights, part), params);
    return { metrics: aux, gradients } as LossGradients;
  });
  if (results.length === 1) return results[0]!;
  return {
    metrics: average(results.map(({ metrics }) => metrics)) as Readonly<Record<string, Scalar>>,
    gradients: average(results.map(({ gradients }) => gradients)),
  };
}

function average(trees: readonly Tree<Tensor>[]): Tree<Tensor> {
  const total = trees.reduce((sum, tree) => zipTrees(sum, tree, (a, b) => add(a, b)));
  return mapTree(total, (leaf) => mul(leaf, 1 / trees.length));
}
