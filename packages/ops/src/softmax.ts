import { mul, softmax, sub, sum, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { hasKernel, runKernel, withGradient } from './fused-kernel.js';
import { kernels } from './kernels.js';
import { requireTensors } from './require-tensors.js';

/**
 * Softmax over the last axis, its gradient from the weights alone: dx = y * (dy - sum(dy * y)).
 *
 * @param scores - [.., keys]
 * @returns The shape of `scores`; each row adds up to 1.
 */
export function attentionSoftmax<T extends Tensor>(scores: T): T {
  requireTensors({ scores });
  return withGradient<T>(
    [scores],
    () => {
      const weights = softmax(scores, -1);
      return { value: weights, saved: [weights] };
    },
    (dy, [weights]) => [softmaxGradient(dy, weights!)],
  );
}

function softmaxGradient(dy: Tensor, y: Tensor): Tensor {
  if (hasKernel(kernels.softmaxGradient)) return runKernel(kernels.softmaxGradient, { dy, y }, {})[0]!;
  return tidy(() => mul(y, sub(dy, sum(mul(dy, y), -1, true))));
}
