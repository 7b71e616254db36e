import { invalidField, requireRecord } from '@m3ae/errors';
import { add, mean, mul, reshape, rsqrt, square, sub, sum, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { hasKernel, runKernel, withGradient } from './fused-kernel.js';
import { kernels } from './kernels.js';
import { requireTensors } from './require-tensors.js';

/** Parameters of {@link layerNorm}, both [dim]. */
export interface LayerNormParams {
  readonly scale: Tensor;
  readonly bias: Tensor;
}

/**
 * Layer normalization over the last axis: scale * (x - mean) / sqrt(variance + epsilon) + bias.
 *
 * The variance is computed in two passes (mean, then centered squares). The reference's E[x²] - E[x]² cancels
 * digits where the mean is large; both agree within 1e-5 elsewhere.
 *
 * @param x - [.., dim]
 * @param params - `scale` and `bias`, both [dim].
 * @returns The shape of `x`.
 */
export function layerNorm<T extends Tensor>(x: T, params: LayerNormParams, epsilon: number): T {
  requireRecord('params', params, 'scale, bias', 'Pass both tensors.');
  const { scale, bias } = params;
  requireTensors({ x, scale, bias });
  if (!(typeof epsilon === 'number' && epsilon >= 0))
    throw invalidField('epsilon', 'a number from 0', epsilon, 'The models have 1e-6.');
  return withGradient<T>(
    [x, scale, bias],
    () => {
      const [y, center, inverseDeviation] = normalize(x, scale, bias, epsilon);
      return { value: y as T, saved: [x, center!, inverseDeviation!, scale] };
    },
    (dy, saved) => layerNormGradient(dy, saved as [Tensor, Tensor, Tensor, Tensor]),
  );
}

function normalize(x: Tensor, scale: Tensor, bias: Tensor, epsilon: number): Tensor[] {
  if (hasKernel(kernels.layerNorm)) return runKernel(kernels.layerNorm, { x, scale, bias }, { epsilon });
  return tidy(() => {
    const center = mean(x, -1, true); // [.., 1]
    const centered = sub(x, center); // [.., dim]
    const inverseDeviation = rsqrt(add(mean(square(centered), -1, true), epsilon)); // [.., 1]
    return [add(mul(mul(centered, inverseDeviation), scale), bias), center, inverseDeviation];
  });
}

/** With n = (x - mean) / deviation and g = dy * scale: dx = (g - mean(g) - n * mean(g * n)) / deviation. */
function layerNormGradient(
  dy: Tensor,
  [x, center, inverseDeviation, scale]: [Tensor, Tensor, Tensor, Tensor],
): Tensor[] {
  if (hasKernel(kernels.layerNormGradient)) {
    const inputs = { dy, x, mean: center, inverseDeviation, scale };
    return runKernel(kernels.layerNormGradient, inputs, {});
  }
  return tidy(() => {
    const dim = scale.size;
    const normal = mul(sub(x, center), inverseDeviation); // [.., dim]
    const scaled = mul(dy, scale); // [.., dim]
    const along = mul(normal, mean(mul(scaled, normal), -1, true)); // [.., dim]
    const dx = mul(inverseDeviation, sub(sub(scaled, mean(scaled, -1, true)), along)); // [.., dim]
    const perRow = (values: Tensor) => sum(reshape(values, [-1, dim]), 0); // [dim]
    return [dx, perRow(mul(dy, normal)), perRow(dy)];
  });
}
