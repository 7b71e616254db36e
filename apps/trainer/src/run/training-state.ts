import type { TrainState } from '../step/index.js';

/** What the loop carries from step to step beside parameters and optimiser; plain JSON in a checkpoint. */
export interface Counters {
  /** Finished updates. */
  readonly step: number;
  /** Steps in a row whose loss was not finite. */
  readonly nonFiniteInRow: number;
  /** Such steps in all. */
  readonly nonFinite: number;
  /** Smallest validation loss so far, and its step. */
  readonly best: { readonly step: number; readonly loss: number } | null;
}

/** Where a run stands. */
export interface Standing {
  readonly state: TrainState;
  readonly counters: Counters;
  /** The mixer's place in the data after `counters.step` steps. */
  readonly mixer: unknown;
}

/** Counters of a run that has not begun. */
export const freshCounters: Counters = { step: 0, nonFiniteInRow: 0, nonFinite: 0, best: null };
