import { invalidField } from '@m3ae/errors';
import { checkCount, checkKey, foldIn, type RngKey, threefry } from './key.js';

/**
 * Draws uint32 words with every bit random, equal to `jax.random.bits`.
 *
 * A draw of any shape is this flat draw in row-major order, and a longer draw begins with the shorter one.
 *
 * @param key - Random key; the same key always gives the same words.
 * @param count - How many words.
 * @param first - Place of the first of them in a longer draw; 0 by default. A part of a draw costs no more than its own length.
 * @returns `count` words: [count].
 * @throws RangeError if `count` or `first` is not an integer in [0, 2^32), or their sum is larger.
 *
 * @example
 * ```ts
 * bits(key(0), 1); // Uint32Array [4070199207]
 * ```
 */
export function bits(key: RngKey, count: number, first = 0): Uint32Array {
  checkKey(key);
  checkCount('count', count);
  checkCount('first', first);
  checkCount('first + count', first + count);
  const [word0, word1] = key;
  const words = new Uint32Array(count);
  const pair = new Uint32Array(2);
  for (let i = 0; i < count; i++) {
    threefry(word0, word1, first + i, pair);
    words[i] = pair[0]! ^ pair[1]!;
  }
  return words;
}

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
