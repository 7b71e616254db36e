import type { Dataset } from '@m3ae/datasets';

/** Some examples of a dataset, by index. */
export interface Part {
  /** E.g. `train`. */
  readonly name: string;
  /** Readable name for tables. */
  readonly title: string;
  /** What it is for, in a sentence. */
  readonly note: string;
  readonly dataset: Dataset;
  /** Indexes into the dataset. */
  readonly indices: Int32Array;
  /** Examples that an evaluation has left out, as their pictures cannot be read; absent where there are none. */
  readonly unreadable?: number;
}

/** Pictures that a run learns from and is measured on. */
export interface PictureSources {
  /** What is trained on: the source and every extra one, joined. */
  readonly train: Part;
  /**
   * Training pictures with classes, for probes: `train`, unless it is joined or composed of several; null where the
   * pictures have no classes.
   */
  readonly labeled: Part | null;
  /** For the loss at checkpoints and for choosing; null where the source is too small to spare any. */
  readonly validation: Part | null;
  /** For the final figures and the gallery. */
  readonly tests: readonly Part[];
}
