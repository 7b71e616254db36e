import { bits } from './bits.js';
import { invalidField } from '@m3ae/errors';
import { checkCount } from './count.js';
import { foldIn, type RngKey } from './key.js';

/**
 * Draws integers evenly from [min, maxExclusive), equal to `jax.random.randint`.
 *
 * Each draw is 64 random bits modulo the span, so the bias is below span / 2^64.
 *
 * @param key - Random key; the same key always gives the same integers.
 * @param count - How many integers.
 * @param min - Smallest result, an int32.
 * @param maxExclusive - One more than the largest result; above `min` and at most 2^31.
 * @param first - Place of the first of them in a longer draw; 0 by default. A part of a draw costs no more than its own length.
 * @returns Int32 numbers: [count].
 * @throws RangeError if `min` or `maxExclusive` breaks these rules, or `count` or `first` is no integer in [0, 2^32).
 *
 * @example
 * ```ts
 * const replacement = randomInteger(key(0), tokens, 0, vocabSize);
 * ```
 */
export function randomInteger(
  key: RngKey,
  count: number,
  min: number,
  maxExclusive: number,
  first = 0,
): Int32Array {
  checkCount('count', count);
  if (!Number.isInteger(min) || min < -(2 ** 31) || min >= 2 ** 31) {
    throw invalidField('min', 'an integer in [-2^31, 2^31)', min, 'The result is an Int32Array.');
  }
  if (!Number.isInteger(maxExclusive) || maxExclusive <= min || maxExclusive > 2 ** 31) {
    const rule = `an integer in (min, 2^31] with min ${min}`;
    throw invalidField('maxExclusive', rule, maxExclusive, 'It is one more than the largest result.');
  }
  const span = maxExclusive - min;
  const half = 2 ** 16 % span;
  const multiplier = (Math.imul(half, half) >>> 0) % span; // 2^32 mod span, by 32-bit products as in JAX
  const high = bits(foldIn(key, 0), count, first);
  const low = bits(foldIn(key, 1), count, first);
  const numbers = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    const offset = (Math.imul(high[i]! % span, multiplier) + (low[i]! % span)) >>> 0;
    numbers[i] = min + (offset % span);
  }
  return numbers;
}
