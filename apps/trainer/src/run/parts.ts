import type { Dataset, DatasetSpec } from '@m3ae/datasets';

/** Some examples of a dataset, by index. */
export interface Part {
  /** E.g. `train`. */
  readonly name: string;
  /** Readable name for tables. */
  readonly title: string;
  /** What it is for, in a sentence. */
  readonly note: string;
  readonly spec: DatasetSpec;
  readonly dataset: Dataset;
  /** Indexes into the dataset. */
  readonly indices: Int32Array;
}
