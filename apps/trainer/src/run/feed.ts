import type { StepBatch } from '../step/index.js';

/** A batch ready for the engine, all but its learning rate. */
export interface Fed {
  /** Updates done before this batch is used. */
  readonly step: number;
  /** Passes over the data begun so far, from 0. */
  readonly epoch: number;
  readonly batch: Omit<StepBatch, 'learningRate'>;
  /** The mixer's state once this batch is used. */
  readonly mixer: unknown;
}

/** Batches in order, some of them prepared ahead. */
export interface Feed {
  next(): Promise<Fed>;
}

/**
 * Keeps up to `ahead` batches in preparation.
 *
 * @param begin - Starts the preparation of the batch of a step; called in the order of the steps.
 * @param first - First step.
 * @param last - Step after the last.
 */
export function createFeed(
  begin: (step: number) => Promise<Fed>,
  { first, last, ahead }: { readonly first: number; readonly last: number; readonly ahead: number },
): Feed {
  const waiting: Promise<Fed>[] = [];
  let upcoming = first;
  const fill = () => {
    while (waiting.length < ahead && upcoming < last) {
      const batch = begin(upcoming++);
      batch.catch(() => {}); // thrown where it is awaited
      waiting.push(batch);
    }
  };
  return {
    async next() {
      fill();
      const batch = waiting.shift();
      if (batch === undefined) throw new RangeError(`step must be below ${last}; received ${upcoming}.`);
      fill();
      return batch;
    },
  };
}
