import { invalidField } from '@m3ae/errors';
import { bits } from './uniform.js';
import { foldIn, type RngKey } from './key.js';

/**
 * Shuffles 0 … length-1, equal to `jax.random.permutation(key, length)`.
 *
 * Sorts by random 32-bit words, repeated (1 round below 1,626 items, 2 below 2,642,246, else 3) because words can
 * collide.
 *
 * @param key - Random key; the same key always gives the same order.
 * @param length - How many items.
 * @returns Each of 0 … length-1 once: [length].
 * @throws RangeError if `length` is not an integer in [0, 2^31).
 *
 * @example
 * ```ts
 * const order = permutation(foldIn(key(0), epoch), datasetLength);
 * ```
 */
export function permutation(key: RngKey, length: number): Int32Array {
  if (!Number.isInteger(length) || length < 0 || length >= 2 ** 31) {
    throw invalidField('length', 'an integer in [0, 2^31)', length, 'Pass how many items to shuffle.');
  }
  let order = Int32Array.from({ length }, (_, i) => i);
  const rounds = Math.ceil((3 * Math.log(Math.max(1, length))) / Math.log(0xffffffff));
  let current = key;
  for (let round = 0; round < rounds; round++) {
    const words = bits(foldIn(current, 1), length);
    current = foldIn(current, 0);
    order = sortByWords(words, order);
  }
  return order;
}

/** Stable radix sort of `values` by `words`, a byte at a time from the lowest. Both inputs are overwritten. */
function sortByWords(words: Uint32Array, values: Int32Array): Int32Array<ArrayBuffer> {
  let fromWords = words;
  let fromValues = values as Int32Array<ArrayBuffer>;
  let toWords = new Uint32Array(words.length);
  let toValues = new Int32Array(words.length);
  for (let shift = 0; shift < 32; shift += 8) {
    const places = new Uint32Array(256);
    for (let i = 0; i < fromWords.length; i++) places[(fromWords[i]! >>> shift) & 255]!++;
    let start = 0;
    for (let byte = 0; byte < 256; byte++) {
      const count = places[byte]!;
      places[byte] = start;
      start += count;
    }
    for (let i = 0; i < fromWords.length; i++) {
      const byte = (fromWords[i]! >>> shift) & 255;
      const place = places[byte]!;
      places[byte] = place + 1;
      toWords[place] = fromWords[i]!;
      toValues[place] = fromValues[i]!;
    }
    [fromWords, toWords] = [toWords, fromWords as Uint32Array<ArrayBuffer>];
    [fromValues, toValues] = [toValues, fromValues];
  }
  return fromValues;
}
