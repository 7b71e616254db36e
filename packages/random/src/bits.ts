import { checkCount, checkKey } from './count.js';
import type { RngKey } from './key.js';
import { threefry } from './threefry.js';

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
    threefry(word0, word1, first + i, pair, 0);
    words[i] = pair[0]! ^ pair[1]!;
  }
  return words;
}
