import { foldIn, permutation, type RngKey } from '@m3ae/random';

/** The endless sequence of batches of one source. */
export interface EpochOrder {
  /** Whole batches in an epoch; the rest of the examples is left out, others in each epoch. */
  readonly batchesPerEpoch: number;
  /** Dataset indices of the batch with this number, counted over all epochs: [batchSize]. */
  batch(number: number): Int32Array;
}

/**
 * Orders a source: each epoch anew by `foldIn(key, epoch)`, or always as it is.
 *
 * A batch is a function of its number alone; the order of one epoch is remembered, since batches are asked for in turn.
 */
export function epochOrder(key: RngKey, length: number, batchSize: number, shuffle: boolean): EpochOrder {
  const batchesPerEpoch = Math.floor(length / batchSize);
  let remembered: { epoch: number; order: Int32Array } | undefined;
  return {
    batchesPerEpoch,
    batch(number) {
      const epoch = Math.floor(number / batchesPerEpoch);
      const start = (number % batchesPerEpoch) * batchSize;
      if (!shuffle) return Int32Array.from({ length: batchSize }, (_, i) => start + i);
      if (remembered?.epoch !== epoch) {
        remembered = { epoch, order: permutation(foldIn(key, epoch), length) };
      }
      return remembered.order.slice(start, start + batchSize);
    },
  };
}
