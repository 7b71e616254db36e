import type { RngKey } from './key.js';
import { uniform } from './uniform.js';

/** Coefficients for w < 5, highest power first. */
const CENTER = [
  2.81022636e-8, 3.43273939e-7, -3.5233877e-6, -4.39150654e-6, 0.00021858087, -0.00125372503, -0.00417768164,
  0.246640727, 1.50140941,
];

/** Coefficients for w >= 5, highest power first. */
const TAIL = [
  -0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773, -0.0076224613, 0.00943887047,
  1.00167406, 2.83297682,
];

/**
 * Inverse of the error function in single precision, the approximation that XLA uses for `erf_inv`.
 *
 * The square is rounded to float32 on purpose: near ±1 that rounding moves the result by up to 1e-2, and JAX has it.
 *
 * @param x - A float32 number in (-1, 1).
 * @see Giles, Approximating the erfinv function, GPU Computing Gems, 2011.
 */
function erfInverse(x: number): number {
  const logarithm = -Math.log1p(-Math.fround(x * x));
  const center = logarithm < 5;
  const w = center ? logarithm - 2.5 : Math.sqrt(logarithm) - 3;
  const coefficients = center ? CENTER : TAIL;
  let sum = 0;
  for (let i = 0; i < coefficients.length; i++) sum = sum * w + coefficients[i]!;
  return sum * x;
}

/** The smallest float32 above -1: JAX draws from [that, 1) so that the inverse stays finite. */
const ABOVE_MINUS_ONE = -1 + 2 ** -24;

/** erf(sqrt(2)) in float32: the share of a normal distribution within two deviations. */
const TWO_DEVIATIONS = Math.fround(0.9544997361036416);

/** The largest float32 below 2. */
const BELOW_TWO = 2 - 2 ** -23;

/**
 * Draws from the normal distribution with mean 0 and deviation 1, equal to `jax.random.normal` within 1e-5.
 *
 * @param key - Random key; the same key always gives the same numbers.
 * @param count - How many numbers.
 * @returns Float32 numbers: [count].
 * @throws RangeError if `count` is not an integer in [0, 2^32).
 *
 * @example
 * ```ts
 * const table = normal(key(0), vocabSize * dim).map((z) => 0.02 * z);
 * ```
 */
export function normal(key: RngKey, count: number): Float32Array {
  const numbers = uniform(key, count);
  for (let i = 0; i < count; i++) {
    const flat = Math.max(ABOVE_MINUS_ONE, Math.fround(numbers[i]! * 2 + ABOVE_MINUS_ONE)); // (-1, 1)
    numbers[i] = Math.SQRT2 * erfInverse(flat);
  }
  return numbers;
}

/**
 * Draws from the normal distribution cut off at two deviations, equal to
 * `jax.random.truncated_normal(key, -2, 2)` within 1e-5.
 *
 * The deviation of the result is 0.87962566, not 1: divide by it to correct, as LeCun-normal initializers do.
 *
 * @param key - Random key; the same key always gives the same numbers.
 * @param count - How many numbers.
 * @returns Float32 numbers in (-2, 2): [count].
 * @throws RangeError if `count` is not an integer in [0, 2^32).
 *
 * @example
 * ```ts
 * const kernel = truncatedNormal(key(0), inDim * outDim).map((z) => (z * Math.sqrt(1 / inDim)) / 0.87962566);
 * ```
 */
export function truncatedNormal(key: RngKey, count: number): Float32Array {
  const span = Math.fround(2 * TWO_DEVIATIONS);
  const numbers = uniform(key, count);
  for (let i = 0; i < count; i++) {
    const flat = Math.max(-TWO_DEVIATIONS, Math.fround(numbers[i]! * span - TWO_DEVIATIONS));
    numbers[i] = Math.min(BELOW_TWO, Math.max(-BELOW_TWO, Math.SQRT2 * erfInverse(flat)));
  }
  return numbers;
}
