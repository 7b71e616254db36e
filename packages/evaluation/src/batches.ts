import { requirePositiveInteger } from '@m3ae/errors';
import type { NdArray } from '@m3ae/tree';

/** Rows of one batch; the last ones may only fill it up. */
interface BatchRows {
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
  requirePositiveInteger('batchSize', batchSize, 'Take 32.');
  const size = Math.min(batchSize, count);
  return Array.from({ length: Math.ceil(count / batchSize) }, (_, number) => {
    const start = number * size;
    const real = Math.min(size, count - start);
    return { real, rows: Array.from({ length: size }, (_unused, i) => start + (i < real ? i : 0)) };
  });
}

function emptyLike(data: NdArray['data'], length: number): NdArray['data'] {
  if (data instanceof Int32Array) return new Int32Array(length);
  return data instanceof Uint8Array ? new Uint8Array(length) : new Float32Array(length);
}

/** Some rows of an array of any rank, in the order asked for: [rows, …]. */
export function takeRows({ shape, data }: NdArray, rows: ArrayLike<number>): NdArray {
  const width = shape.slice(1).reduce((product, length) => product * length, 1);
  const taken = emptyLike(data, rows.length * width);
  for (let at = 0; at < rows.length; at++) {
    taken.set(data.subarray(rows[at]! * width, (rows[at]! + 1) * width), at * width);
  }
  return { shape: [rows.length, ...shape.slice(1)], data: taken };
}

/** Rows from `start` on, filled up with the last of them to `size`, so that an engine sees one shape alone. */
export function fillRows(array: NdArray, start: number, size: number): NdArray {
  const last = array.shape[0]! - 1;
  return takeRows(
    array,
    Array.from({ length: size }, (_, at) => Math.min(start + at, last)),
  );
}

/** Arrays of the same row shape, one below the other. */
export function stackRows(arrays: readonly NdArray[]): NdArray {
  const [, ...row] = arrays[0]!.shape;
  const data = emptyLike(
    arrays[0]!.data,
    arrays.reduce((sum, array) => sum + array.data.length, 0),
  );
  let [at, rows] = [0, 0];
  for (const array of arrays) {
    data.set(array.data, at);
    at += array.data.length;
    rows += array.shape[0]!;
  }
  return { shape: [rows, ...row], data };
}

/** Processes that share the batches of an evaluation: this one takes numbers `rank`, `rank + size`, … */
export interface EvaluationPeers {
  /** This process, from 0. */
  readonly rank: number;
  /** Number of processes. */
  readonly size: number;
  /** What each process passes, in the order of the ranks: plain objects and typed arrays. */
  gather<Value>(own: Value): Promise<readonly Value[]>;
}

/** Of all items, those that this process takes; without peers, all. */
export function ownItems<Item>(items: readonly Item[], peers?: EvaluationPeers): readonly Item[] {
  return peers === undefined ? items : items.filter((_, at) => at % peers.size === peers.rank);
}

/**
 * What all processes made of the items, in the order of the items, whoever made it. Every process receives all, one round
 * after the other, so none runs far ahead.
 *
 * @param count - Items in all.
 * @param own - What this process makes of its {@link ownItems}, one after the other.
 */
export async function* inOrder<Result>(
  count: number,
  own: AsyncIterable<Result>,
  peers?: EvaluationPeers,
): AsyncGenerator<Result, void, void> {
  if (peers === undefined) return yield* own;
  const iterator = own[Symbol.asyncIterator]();
  for (let begin = 0; begin < count; begin += peers.size) {
    const mine = begin + peers.rank < count ? [(await iterator.next()).value as Result] : [];
    for (const [result] of await peers.gather(mine)) if (result !== undefined) yield result;
  }
}
