import { key, normal } from '@m3ae/random';

/** Not a multiple of any number of ranks, and longer than a bucket. */
export const length = 1031;

/** Micro-batches of a global batch. */
export const microBatchCount = 8;

/** Numbers of very different sizes, so that the order of a sum shows in its bits. */
export function microGradient(batch: number, index: number): Float32Array {
  const values = normal(key(100 * batch + index), length);
  return Float32Array.from(values, (value, place) => value * 10 ** ((place + index) % 7));
}

export const rowsPerRank = 2;
export const dim = 3;

/** Rows of a rank in a contrast. */
export function rowsOf(rank: number): Float32Array {
  return Float32Array.from(normal(key(7 + rank), rowsPerRank * dim));
}

/** What a rank adds to the loss: for each own row i, log(sum over all rows j of exp(i . j)). */
export function contrastLoss(all: readonly number[], rank: number): number {
  let loss = 0;
  const dot = (i: number, j: number) =>
    Array.from({ length: dim }, (_, d) => all[i * dim + d]! * all[j * dim + d]!).reduce((a, b) => a + b);
  for (let i = rank * rowsPerRank; i < (rank + 1) * rowsPerRank; i++) {
    let sum = 0;
    for (let j = 0; j < all.length / dim; j++) sum += Math.exp(dot(i, j));
    loss += Math.log(sum);
  }
  return loss;
}

/** Gradient of {@link contrastLoss} of one rank by all rows, by central differences. */
export function contrastGradient(all: Float32Array, rank: number): Float32Array {
  const step = 1e-5;
  return Float32Array.from(all, (_, place) => {
    const moved = (by: number) => Array.from(all, (value, at) => (at === place ? value + by : value));
    return (contrastLoss(moved(step), rank) - contrastLoss(moved(-step), rank)) / (2 * step);
  });
}
