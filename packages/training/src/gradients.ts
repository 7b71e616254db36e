import { valueAndGradients } from '@m3ae/compile';
import type { Tree } from '@m3ae/tree';
import { mul, type Scalar, type Tensor } from '@tensorflow/tfjs-core';
import type { Task } from './task.js';

/** Metrics of a batch and the gradient of its loss by every parameter. */
export interface LossGradients {
  readonly metrics: Readonly<Record<string, Scalar>>;
  readonly gradients: Tree<Tensor>;
}

/**
 * Metrics of a batch and the gradient of its loss.
 *
 * @param share - What the gradient is multiplied by: the share of this batch in a larger one. Default 1.
 */
export function lossGradients<TensorBatch>(
  task: Pick<Task<unknown, TensorBatch>, 'loss'>,
  params: Tree<Tensor>,
  batch: TensorBatch,
  share = 1,
): LossGradients {
  const { aux, gradients } = valueAndGradients((weights) => {
    const { value, metrics } = task.loss(weights, batch);
    return { value: share === 1 ? value : mul(value, share), aux: metrics };
  }, params);
  return { metrics: aux, gradients };
}
