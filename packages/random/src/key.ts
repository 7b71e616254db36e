import { invalidField } from '@m3ae/errors';

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
  checkCount('data', data, 'Fold in a step, an index or a small tag.');
  checkKey(key);
  const words = new Uint32Array(2);
  threefry(key[0], key[1], data, words);
  return [words[0]!, words[1]!];
}

/** Throws unless `key` is a pair of words: a seed in its place is an easy mistake. */
export function checkKey(key: unknown): void {
  const words = key as Partial<RngKey> | null | undefined;
  if (words?.length === 2 && Number.isInteger(words[0]) && Number.isInteger(words[1])) return;
  throw invalidField('key', 'a random key', key, 'Make one of a seed: key(0).');
}

/** Throws unless `count` is a word, as the length of an array is. */
export function checkCount(field: string, count: number, remedy = 'Pass how many values to draw.'): void {
  if (!Number.isInteger(count) || count < 0 || count > 0xffffffff) {
    throw invalidField(field, 'an integer in [0, 2^32)', count, remedy);
  }
}

/**
 * Hashes one counter with Threefry-2x32 (20 rounds).
 *
 * The rounds are written out: a loop over a table of rotations costs about three times as much,
 * and the tables and tuples of a rolled version would be allocated for every counter.
 *
 * @param word0 - First word of the key, uint32.
 * @param word1 - Second word of the key, uint32.
 * @param counter - Low word of the counter; the high word is 0, since no draw is longer than 2^32.
 * @param out - Receives the two hashed words.
 * @see Salmon et al., Parallel Random Numbers: As Easy as 1, 2, 3, SC 2011, section 4.2.
 */
export function threefry(word0: number, word1: number, counter: number, out: Uint32Array): void {
  const word2 = word0 ^ word1 ^ 0x1bd11bda;
  let x = word0 | 0;
  let y = (counter + word1) | 0;

  x = (x + y) | 0;
  y = ((y << 13) | (y >>> 19)) ^ x;
  x = (x + y) | 0;
  y = ((y << 15) | (y >>> 17)) ^ x;
  x = (x + y) | 0;
  y = ((y << 26) | (y >>> 6)) ^ x;
  x = (x + y) | 0;
  y = ((y << 6) | (y >>> 26)) ^ x;
  x = (x + word1) | 0;
  y = (y + word2 + 1) | 0;

  x = (x + y) | 0;
  y = ((y << 17) | (y >>> 15)) ^ x;
  x = (x + y) | 0;
  y = ((y << 29) | (y >>> 3)) ^ x;
  x = (x + y) | 0;
  y = ((y << 16) | (y >>> 16)) ^ x;
  x = (x + y) | 0;
  y = ((y << 24) | (y >>> 8)) ^ x;
  x = (x + word2) | 0;
  y = (y + word0 + 2) | 0;

  x = (x + y) | 0;
  y = ((y << 13) | (y >>> 19)) ^ x;
  x = (x + y) | 0;
  y = ((y << 15) | (y >>> 17)) ^ x;
  x = (x + y) | 0;
  y = ((y << 26) | (y >>> 6)) ^ x;
  x = (x + y) | 0;
  y = ((y << 6) | (y >>> 26)) ^ x;
  x = (x + word0) | 0;
  y = (y + word1 + 3) | 0;

  x = (x + y) | 0;
  y = ((y << 17) | (y >>> 15)) ^ x;
  x = (x + y) | 0;
  y = ((y << 29) | (y >>> 3)) ^ x;
  x = (x + y) | 0;
  y = ((y << 16) | (y >>> 16)) ^ x;
  x = (x + y) | 0;
  y = ((y << 24) | (y >>> 8)) ^ x;
  x = (x + word1) | 0;
  y = (y + word2 + 4) | 0;

  x = (x + y) | 0;
  y = ((y << 13) | (y >>> 19)) ^ x;
  x = (x + y) | 0;
  y = ((y << 15) | (y >>> 17)) ^ x;
  x = (x + y) | 0;
  y = ((y << 26) | (y >>> 6)) ^ x;
  x = (x + y) | 0;
  y = ((y << 6) | (y >>> 26)) ^ x;
  out[0] = x + word2;
  out[1] = y + word0 + 5;
}
