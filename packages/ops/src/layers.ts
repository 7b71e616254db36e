import { invalidField, requireRecord } from '@m3ae/errors';
import {
  add,
  erf,
  exp,
  expandDims,
  gather,
  mean,
  mul,
  reshape,
  rsqrt,
  scatterND,
  sigmoid,
  square,
  sub,
  sum,
  tanh,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  tidy,
} from '@tensorflow/tfjs-core';
import { hasKernel, kernels, runKernel, withGradient } from './fused-kernel.js';
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

const sqrtTwoOverPi = Math.sqrt(2 / Math.PI);
const cubic = 0.044715;

/**
 * Gaussian error linear unit.
 *
 * `tanh` is 0.5 x (1 + tanh(sqrt(2/π) (x + 0.044715 x³))), flax's default and so the reference's; `erf` is
 * x Φ(x), which the original MAE uses; `quick` is x σ(1.702 x), which the original CLIP uses. GELU(1) is 0.841192,
 * 0.841345 and 0.845796.
 *
 * @param x - Any shape.
 * @returns The shape of `x`.
 * @throws RangeError if `form` is none of the three.
 *
 * @see Hendrycks and Gimpel, https://arxiv.org/abs/1606.08415
 */
export function gelu<T extends Tensor>(x: T, form: 'tanh' | 'erf' | 'quick'): T {
  requireTensors({ x });
  if (form === 'quick') return tidy(() => mul(x, sigmoid(mul(x, 1.702))));
  if (form !== 'tanh' && form !== 'erf')
    throw invalidField('form', 'tanh, erf or quick', form, "The reference has 'tanh'.");
  const approximate = form === 'tanh';
  return withGradient<T>(
    [x],
    () => {
      const value = hasKernel(kernels.gelu)
        ? runKernel(kernels.gelu, { x }, { approximate })[0]!
        : tidy(() => mul(x, probability(x, approximate)));
      return { value: value as T, saved: [x] };
    },
    (dy, [saved]) => [geluGradient(dy, saved!, approximate)],
  );
}

function geluGradient(dy: Tensor, x: Tensor, approximate: boolean): Tensor {
  const kernel = kernels.geluGradient;
  if (hasKernel(kernel)) return runKernel(kernel, { dy, x }, { approximate })[0]!;
  return tidy(() => mul(dy, add(probability(x, approximate), mul(x, density(x, approximate)))));
}

/** The factor of x: Φ(x), exactly or by tanh. */
function probability(x: Tensor, approximate: boolean): Tensor {
  const odd = approximate ? tanh(mul(x, slopeOverX(x))) : erf(mul(x, Math.SQRT1_2));
  return add(mul(odd, 0.5), 0.5);
}

/** The derivative of {@link probability}. */
function density(x: Tensor, approximate: boolean): Tensor {
  if (!approximate) return mul(exp(mul(square(x), -0.5)), 1 / Math.sqrt(2 * Math.PI));
  const inner = tanh(mul(x, slopeOverX(x)));
  const slope = add(mul(square(x), 3 * cubic * sqrtTwoOverPi), sqrtTwoOverPi);
  return mul(mul(sub(1, square(inner)), slope), 0.5);
}

function slopeOverX(x: Tensor): Tensor {
  return add(mul(square(x), cubic * sqrtTwoOverPi), sqrtTwoOverPi);
}

/**
 * Rows of a table by id.
 *
 * tfjs's own gradient of `gather` needs UnsortedSegmentSum, which the WASM backend lacks; this one adds up rows otherwise.
 *
 * @param table - [vocab, dim]
 * @param ids - int32 [count], each in [0, vocab).
 * @returns [count, dim]
 */
export function lookUp(table: Tensor2D, ids: Tensor1D): Tensor2D {
  requireTensors({ table, ids });
  if (ids.dtype !== 'int32')
    throw invalidField('ids', 'of type int32', ids.dtype, 'Build them from an Int32Array.');
  const rows = table.shape[0];
  return withGradient<Tensor2D>(
    [table],
    () => ({ value: gather(table, ids), saved: [ids] }),
    (dy, [saved]) => [sumRowsById(dy, saved as Tensor1D, rows)],
  );
}

function sumRowsById(dy: Tensor2D, ids: Tensor1D, rows: number): Tensor {
  const kernel = kernels.embeddingGradient;
  if (hasKernel(kernel)) return runKernel(kernel, { dy, ids }, { rows })[0]!;
  return scatterND(expandDims(ids, 1), dy, [rows, dy.shape[1]]);
}
