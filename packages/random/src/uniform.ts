import { invalidField } from '@m3ae/errors';
import { bits } from './bits.js';
import type { RngKey } from './key.js';

/** 2^-23: the spacing of float32 in [1, 2), so these draws are equal to JAX's. */
const STEP = 2 ** -23;

/**
 * Draws float32 numbers evenly from [0, 1), equal to `jax.random.uniform`.
 *
 * @param key - Random key; the same key always gives the same numbers.
 * @param count - How many numbers.
 * @param first - Place of the first of them in a longer draw; 0 by default. A part of a draw costs no more than its own length.
 * @returns Multiples of 2^-23 in [0, 1): [count].
 * @throws RangeError if `count` or `first` is not an integer in [0, 2^32), or their sum is larger.
 *
 * @example
 * ```ts
 * uniform(key(0), 2); // Float32Array [0.947667, 0.9785799]
 * ```
 */
export function uniform(key: RngKey, count: number, first = 0): Float32Array {
  const words = bits(key, count, first);
  const numbers = new Float32Array(words.buffer);
  for (let i = 0; i < count; i++) numbers[i] = (words[i]! >>> 9) * STEP;
  return numbers;
}

/**
 * Throws a coin for each place, equal to `jax.random.bernoulli`.
 *
 * @param key - Random key; the same key always gives the same answers.
 * @param count - How many answers.
 * @param probability - Chance of a 1, in [0, 1]; rounded to float32.
 * @returns 1 or 0: [count].
 * @throws RangeError if `probability` is outside [0, 1], or `count` is not an integer in [0, 2^32).
 *
 * @example
 * ```ts
 * const flip = bernoulli(foldIn(key(0), step), batch, 0.5);
 * ```
 */
export function bernoulli(key: RngKey, count: number, probability: number): Uint8Array {
  if (!(typeof probability === 'number' && probability >= 0 && probability <= 1)) {
    throw invalidField('probability', 'in [0, 1]', probability, 'Write one half as 0.5.');
  }
  const limit = Math.fround(probability);
  return Uint8Array.from(uniform(key, count), (number) => (number < limit ? 1 : 0));
}
