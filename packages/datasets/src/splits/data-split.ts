import type { Dataset } from '../dataset.js';

/** Some examples of a dataset, by index. */
export interface DataSplit {
  /** Key of its figures in results, e.g. `test`. */
  readonly name: string;
  /** What tables call it. */
  readonly title: string;
  /** What it is for, in a sentence. */
  readonly note: string;
  readonly dataset: Dataset;
  /** Indexes into the dataset. */
  readonly indices: Int32Array;
}

/** How a split is called in a result and in a table, and what it is for. */
export type SplitWords = Pick<DataSplit, 'name' | 'title' | 'note'>;

/** What a model learns from. */
export const trainingWords: SplitWords = {
  name: 'train',
  title: 'training',
  note: 'What the model learns from.',
};

/**
 * All examples of a dataset as a split.
 *
 * @example
 * ```ts
 * const train = wholeSplit(await openDataset('folder:photos'), trainingWords);
 * ```
 */
export function wholeSplit<Opened extends Dataset>(
  dataset: Opened,
  words: SplitWords,
): DataSplit & { readonly dataset: Opened } {
  return { ...words, dataset, indices: Int32Array.from({ length: dataset.length }, (_, index) => index) };
}

/** A split with at most `limit` of its examples, evenly spread. */
export function limited<Split extends Pick<DataSplit, 'indices'>>(split: Split, limit: number): Split {
  const { indices } = split;
  if (indices.length <= limit) return split;
  const spread = (_: unknown, at: number) => indices[Math.floor((at * indices.length) / limit)]!;
  return { ...split, indices: Int32Array.from({ length: limit }, spread) };
}
