import type { NdArray, Tree } from '@m3ae/tree';

/** Parameters and optimizer state. */
export interface TrainState<Leaf = NdArray> {
  readonly params: Tree<Leaf>;
  readonly optimizer: Tree<Leaf>;
}

/** Where a training stands: all that it needs to go on to the same bits. */
export interface Snapshot {
  /** Finished updates. */
  readonly step: number;
  readonly state: TrainState;
  /** Where the source of batches stands, as plain JSON; null at the beginning. */
  readonly batches: unknown;
  /** Steps whose loss was not finite. */
  readonly nonFinite: {
    /** The latest ones, in a row. */
    readonly inRow: number;
    readonly total: number;
  };
}
