import {
  add,
  exp,
  expandDims,
  gather,
  log,
  max,
  mul,
  range,
  reshape,
  scatterND,
  stack,
  sub,
  sum,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  tidy,
} from '@tensorflow/tfjs-core';
import { invalidField } from '@m3ae/errors';
import { hasKernel, kernels, runKernel, withGradient } from './fused-kernel.js';
import { requireAxes, requireShape } from './require-tensors.js';

/**
 * Cross-entropy of each row: log(sum(exp(logits))) - logits[label].
 *
 * The gradient is softmax(logits) with 1 taken from each label's entry: no one-hot matrix the size of the logits.
 *
 * @param logits - [rows, vocab]
 * @param labels - int32 [rows], each in [0, vocab).
 * @returns [rows]
 */
export function rowCrossEntropy(logits: Tensor2D, labels: Tensor1D): Tensor1D {
  requireAxes('logits', logits, 'rows, vocab');
  requireShape('labels', labels, [logits.shape[0]], 'rows', 'Give each row its label.');
  if (labels.dtype !== 'int32') {
    throw invalidField('labels', 'int32', labels.dtype, 'Cast them, or make them of an Int32Array.');
  }
  return withGradient<Tensor1D>(
    [logits],
    () => {
      const [loss, logSumExp] = forward(logits, labels);
      return { value: loss as Tensor1D, saved: [logits, labels, logSumExp!] };
    },
    (dLoss, saved) => [backward(dLoss, saved as [Tensor2D, Tensor1D, Tensor1D])],
  );
}

function forward(logits: Tensor2D, labels: Tensor1D): Tensor[] {
  if (hasKernel(kernels.crossEntropy)) return runKernel(kernels.crossEntropy, { logits, labels }, {});
  return tidy(() => {
    const [rows, vocab] = logits.shape;
    const largest = max(logits, -1, true); // [rows, 1]
    const sums = sum(exp(sub(logits, largest)), -1); // [rows]
    const logSumExp = add(log(sums), reshape(largest, [rows])); // [rows]
    const places = add(labels, range(0, rows * vocab, vocab, 'int32'));
    const chosen = gather(reshape(logits, [rows * vocab]), places); // [rows]
    return [sub(logSumExp, chosen), logSumExp];
  });
}

function backward(dLoss: Tensor1D, [logits, labels, logSumExp]: [Tensor2D, Tensor1D, Tensor1D]): Tensor {
  const kernel = kernels.crossEntropyGradient;
  if (hasKernel(kernel)) return runKernel(kernel, { dLoss, logits, labels, logSumExp }, {})[0]!;
  return tidy(() => {
    const [rows] = logits.shape;
    const probabilities = exp(sub(logits, expandDims(logSumExp, 1))); // [rows, vocab]
    const places = stack([range(0, rows, 1, 'int32'), labels], 1); // [rows, 2]
    return sub(mul(probabilities, expandDims(dLoss, 1)), scatterND(places, dLoss, logits.shape));
  });
}

/**
 * Cross-entropy of each row with a distribution of its own: Σ targets · (log Σ exp(logits) - logits).
 *
 * The gradient is Σ targets · softmax(logits) - targets, without a second pass through maximum and logarithm.
 *
 * @param logits - [rows, classes]
 * @param targets - [rows, classes]; no gradient.
 * @returns [rows]
 */
export function rowSoftCrossEntropy(logits: Tensor2D, targets: Tensor2D): Tensor1D {
  requireAxes('logits', logits, 'rows, classes');
  requireShape('targets', targets, logits.shape, 'rows, classes', 'Give each row one probability a class.');
  return withGradient<Tensor1D>(
    [logits],
    () => {
      const largest = max(logits, -1, true); // [rows, 1]
      const logSumExp = add(log(sum(exp(sub(logits, largest)), -1, true)), largest); // [rows, 1]
      const value: Tensor1D = sum(mul(targets, sub(logSumExp, logits)), -1);
      return { value, saved: [logits, targets, logSumExp] };
    },
    (dLoss, [savedLogits, savedTargets, logSumExp]) =>
      tidy(() => {
        const probabilities = exp(sub(savedLogits!, logSumExp!)); // [rows, classes]
        const difference = sub(mul(probabilities, sum(savedTargets!, -1, true)), savedTargets!);
        return [mul(difference, expandDims(dLoss, 1))];
      }),
  );
}
