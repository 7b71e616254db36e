import { erfInverse } from './erf-inverse.js';
import type { RngKey } from './key.js';
import { uniform } from './uniform.js';

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
    const even = Math.max(ABOVE_MINUS_ONE, Math.fround(numbers[i]! * 2 + ABOVE_MINUS_ONE)); // (-1, 1)
    numbers[i] = Math.SQRT2 * erfInverse(even);
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
    const even = Math.max(-TWO_DEVIATIONS, Math.fround(numbers[i]! * span - TWO_DEVIATIONS));
    numbers[i] = Math.min(BELOW_TWO, Math.max(-BELOW_TWO, Math.SQRT2 * erfInverse(even)));
  }
  return numbers;
}
