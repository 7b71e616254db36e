import { invalidField } from '@m3ae/errors';
import { add, erf, exp, mul, sigmoid, square, sub, tanh, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { hasKernel, runKernel, withGradient } from './fused-kernel.js';
import { kernels } from './kernels.js';
import { requireTensors } from './require-tensors.js';

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
