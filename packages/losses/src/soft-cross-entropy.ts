import { requireAxes, requireShape, rowSoftCrossEntropy } from '@m3ae/ops';
import { mean, type Scalar, type Tensor2D, tidy } from '@tensorflow/tfjs-core';

/**
 * Cross-entropy with soft targets: -Σ targets · log softmax(logits) of each example, then the mean over the batch.
 *
 * @param logits - [batch, classes]
 * @param targets - Probability of each class, such as smoothed or mixed labels: [batch, classes]. No gradient.
 * @returns A scalar, [].
 * @throws RangeError if `targets` does not fit `logits`.
 *
 * @example
 * ```ts
 * const loss = softCrossEntropy(logits, targets);
 * ```
 */
export function softCrossEntropy(logits: Tensor2D, targets: Tensor2D): Scalar {
  requireAxes('logits', logits, 'batch, classes');
  const remedy = 'Give each example one probability a class.';
  requireShape('targets', targets, logits.shape, 'batch, classes', remedy);
  return tidy(() => mean(rowSoftCrossEntropy(logits, targets)));
}
