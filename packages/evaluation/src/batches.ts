import { invalidField } from '@m3ae/errors';
import type { NdArray } from '@m3ae/tree';

/** Rows of one batch; the last ones may only fill it up. */
export interface BatchRows {
  /** [batchSize] */
  readonly rows: readonly number[];
  /** How many of them are asked for; the rest repeat the first. */
  readonly real: number;
}

/**
 * Cuts `count` rows into batches of one size, because each size would be recorded anew.
 *
 * @param batchSize - Rows at a time; less if there are fewer.
 * @throws InvalidInput if `batchSize` is not a positive integer.
 */
export function batches(count: number, batchSize: number): BatchRows[] {
  if (!Number.isInteger(batchSize) || batchSize < 1) {
    throw invalidField('batchSize', 'a positive integer', batchSize, 'Take 32.');
  }
  const size = Math.min(batchSize, count);
  return Array.from({ length: Math.ceil(count / batchSize) }, (_, number) => {
    const start = number * size;
    const real = Math.min(size, count - start);
    return { real, rows: Array.from({ length: size }, (_unused, i) => start + (i < real ? i : 0)) };
  });
}

/** Some rows of an array of any rank, in the order asked for: [rows, …]. */
export function takeRows({ shape, data }: NdArray, rows: readonly number[]): NdArray {
  const width = shape.slice(1).reduce((product, length) => product * length, 1);
  const Kind = data.constructor as new (length: number) => typeof data;
  const taken = new Kind(rows.length * width);
  rows.forEach((row, at) => taken.set(data.subarray(row * width, (row + 1) * width), at * width));
  return { shape: [rows.length, ...shape.slice(1)], data: taken };
}
