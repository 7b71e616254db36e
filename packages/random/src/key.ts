import { invalidField } from '@m3ae/errors';
import { checkCount, checkKey } from './count.js';
import { threefry } from './threefry.js';

/** A random key: two uint32 words. Plain data; it is never changed by a draw. */
export type RngKey = readonly [number, number];

/**
 * Makes a key from a seed, equal to `jax.random.PRNGKey(seed)` with JAX's default 32-bit integers.
 *
 * Only the low 32 bits of the seed count, as there: 5 and 2^32 + 5 give the same key, and so do -1 and 2^32 - 1.
 *
 * @param seed - An integer; a number beyond 2^53 should be a bigint, to keep its low bits.
 * @returns The key `[0, seed mod 2^32]`.
 * @throws RangeError if `seed` is not an integer.
 *
 * @example
 * ```ts
 * uniform(key(0), 2); // Float32Array [0.947667, 0.9785799]
 * ```
 */
export function key(seed: number | bigint): RngKey {
  if (typeof seed === 'bigint') return [0, Number(BigInt.asUintN(32, seed))];
  if (!Number.isInteger(seed)) {
    throw invalidField('seed', 'an integer', seed, 'Pass a whole number such as 42.');
  }
  return [0, seed >>> 0];
}

/**
 * Derives independent keys from one, equal to `jax.random.split` with `jax_threefry_partitionable=True`.
 *
 * Do not draw from `key` itself afterwards: child i of `split` is `foldIn(key, i)`.
 *
 * @param key - The parent.
 * @param count - How many children; 2 by default.
 * @returns `count` keys; the first ones do not depend on `count`.
 * @throws RangeError if `count` is not an integer in [0, 2^32).
 *
 * @example
 * ```ts
 * const [imageKey, textKey] = split(key(0)) as [RngKey, RngKey];
 * ```
 */
export function split(key: RngKey, count = 2): RngKey[] {
  checkKey(key);
  checkCount('count', count);
  return Array.from({ length: count }, (_, child) => foldIn(key, child));
}

/**
 * Derives the key of one step, example or purpose, equal to `jax.random.fold_in`.
 *
 * This is how a resumed run repeats exactly: a step's randomness is `foldIn(runKey, step)`, with no state to save.
 *
 * @param key - The parent.
 * @param data - An integer in [0, 2^32).
 * @throws RangeError if `data` is not such an integer.
 *
 * @example
 * ```ts
 * const stepKey = foldIn(key(0), 1200);
 * ```
 */
export function foldIn(key: RngKey, data: number): RngKey {
  if (!Number.isInteger(data) || data < 0 || data > 0xffffffff) {
    throw invalidField('data', 'an integer in [0, 2^32)', data, 'Fold in a step, an index or a small tag.');
  }
  checkKey(key);
  const words = new Uint32Array(2);
  threefry(key[0], key[1], data, words, 0);
  return [words[0]!, words[1]!];
}
