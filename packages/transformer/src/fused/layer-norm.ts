import { invalidField, requireRecord } from '@m3ae/errors';
import { requireTensors } from '../require-tensors.js';
import { add, mean, mul, reshape, rsqrt, square, sub, sum, type Tensor, tidy } from '@tensorflow/tfjs-core';
import type { NormParams } from '../params.js';
import { hasHouseKernel, runHouseKernel, withGradient } from './house.js';

/**
 * Layer normalisation over the last axis: scale * (x - mean) / sqrt(variance + epsilon) + bias.
 *
 * The variance is computed in two passes (mean, then centred squares). The reference's E[x²] - E[x]² cancels
 * digits where the mean is large; both agree within 1e-5 elsewhere.
 *
 * @param x - [.., dim]
 * @param params - `scale` and `bias`, both [dim].
 * @returns The shape of `x`.
 */
export function layerNorm<T extends Tensor>(x: T, params: NormParams<Tensor>, epsilon: number): T {
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
  if (hasHouseKernel('M3aeLayerNorm')) {
    return runHouseKernel('M3aeLayerNorm', { x, scale, bias }, { epsilon }) as Tensor[];
  }
  return tidy(() => {
    const center = mean(x, -1, true); // [.., 1]
    const centred = sub(x, center); // [.., dim]
    const inverseDeviation = rsqrt(add(mean(square(centred), -1, true), epsilon)); // [.., 1]
    return [add(mul(mul(centred, inverseDeviation), scale), bias), center, inverseDeviation];
  });
}

/** With n = (x - mean) / deviation and g = dy * scale: dx = (g - mean(g) - n * mean(g * n)) / deviation. */
function layerNormGradient(
  dy: Tensor,
  [x, center, inverseDeviation, scale]: [Tensor, Tensor, Tensor, Tensor],
): Tensor[] {
  if (hasHouseKernel('M3aeLayerNormGrad')) {
    const inputs = { dy, x, mean: center, inverseDeviation, scale };
    return runHouseKernel('M3aeLayerNormGrad', inputs) as Tensor[];
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
