import {
  add,
  exp,
  expandDims,
  log,
  max,
  mul,
  sub,
  sum,
  type Tensor1D,
  type Tensor2D,
  tidy,
} from '@tensorflow/tfjs-core';
import { withGradient } from './fused-kernel.js';
import { requireAxes, requireShape } from './require-tensors.js';

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
