import type { DatasetSpec } from '../dataset.js';

/** Several datasets as one: the examples of the first, then of the second, and so on. */
export interface ConcatSpec {
  readonly kind: 'concat';
  /** At least one dataset, all with pictures or all of text alone. */
  readonly sources: readonly DatasetSpec[];
}
