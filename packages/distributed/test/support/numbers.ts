import { key, normal } from '@m3ae/random';

/** Not a multiple of any number of ranks, and longer than buckets and than arrays that travel by themselves. */
export const length = 40_003;

/** Micro-batches of a global batch. */
export const microBatchCount = 8;

/** Numbers of very different sizes, so that the order of a sum shows in its bits. */
export function microGradient(batch: number, index: number): Float32Array {
  const values = normal(key(100 * batch + index), length);
  return Float32Array.from(values, (value, place) => value * 10 ** ((place + index) % 7));
}
