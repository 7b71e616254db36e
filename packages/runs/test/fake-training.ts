import type { BatchSource, Snapshot, TrainStep } from '@m3ae/training';
import { scalarArray } from '@m3ae/tree';

/** A state of nothing but a count. */
export const begin: Snapshot = {
  step: 0,
  state: { params: { count: scalarArray(0) }, optimizer: {} },
  batches: null,
  nonFinite: { inRow: 0, total: 0 },
};

/** Batches that hold nothing. */
export const batches: BatchSource<unknown> = {
  read({ first }) {
    let at = first;
    return { next: async () => ({ batch: {}, epoch: 0, state: { step: ++at } }) };
  },
};

/** A step whose state is the number of updates and whose loss is given. */
export function countingStep(lossAt: (step: number) => number): TrainStep<unknown> {
  return {
    init: () => begin,
    initFrom: () => begin,
    async run(state, next, count) {
      await next();
      return {
        state: { ...state, params: { count: scalarArray(count + 1) } },
        metrics: { loss: scalarArray(lossAt(count + 1)), learningRate: scalarArray(count / 10) },
      };
    },
    dispose: async () => {},
  };
}
