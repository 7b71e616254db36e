import { valueAndGradients } from '@m3ae/compile';
import type { Scalar, Tensor } from '@tensorflow/tfjs-core';

/** Gradient of a scalar by one tensor. */
export function gradientOf(x: Tensor, loss: (x: Tensor) => Scalar): Tensor {
  return valueAndGradients((given: { x: Tensor }) => ({ value: loss(given.x) }), { x }).gradients.x;
}
