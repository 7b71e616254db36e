import { joinDatasets } from '../concat/join-datasets.js';
import { splitDataset } from '../concat/split-dataset.js';
import type { Dataset, DatasetSpec, OnProgress } from '../dataset.js';
import { type FolderParts, openFolderParts } from '../folder/open-folder.js';
import type { FolderSpec } from '../folder/spec.js';
import { openHdf5Parts } from '../hdf5/open-hdf5.js';
import { openDataset } from '../open-dataset.js';

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

/** Pictures that a model learns from and is measured on. */
export interface PictureSplits {
  /** What is trained on: the source and every extra one, joined. */
  readonly train: DataSplit;
  /**
   * Training pictures with classes, for probes: `train`, unless it is joined or composed of several; null where the
   * pictures have no classes.
   */
  readonly labeled: DataSplit | null;
  /** For the loss at checkpoints and for choosing; null where the source is too small to spare any. */
  readonly validation: DataSplit | null;
  /** For the final figures and the gallery. */
  readonly tests: readonly DataSplit[];
}

/** Any source of pictures; one that has no parts of its own says what share is kept apart. */
export type SplitSource =
  | FolderSpec
  | (Exclude<DatasetSpec, FolderSpec> & {
      /** Share of the examples kept apart, in [0, 1); 0 keeps none. */
      readonly validationShare: number;
    });

/** How {@link openPictureSplits} opens. */
export interface SplitOptions {
  /** Share of the files whose server may not answer, where the source says nothing. */
  readonly maxBadShare?: number;
  /** Told how far it is, where opening takes long. */
  readonly onProgress?: OnProgress;
}

/** What the pictures of a test are called that {@link openPictureSplits} keeps apart. */
export const testWords: SplitWords = {
  name: 'test',
  title: 'unseen pictures',
  note: 'Pictures not trained on.',
};

const validationWords: SplitWords = {
  name: 'validation',
  title: 'validation',
  note: 'Pictures not trained on, for choosing.',
};

/**
 * Opens a dataset of which some files may be unreachable.
 *
 * @param maxBadShare - Their share, where the spec is of a kind that has such and says nothing; left out, that of its kind.
 * @throws InvalidInput as `openDataset` does.
 */
export function openTolerant(spec: DatasetSpec, { maxBadShare, onProgress }: SplitOptions): Promise<Dataset> {
  const mayMiss = spec.kind === 'webdataset' || spec.kind === 'parquet';
  return openDataset(mayMiss && maxBadShare !== undefined ? { maxBadShare, ...spec } : spec, onProgress);
}

/** The parts of a source: the folders of a folder where it has such, else what a hash of the names keeps apart. */
async function partsOf(source: SplitSource, options: SplitOptions): Promise<FolderParts> {
  if (source.kind === 'folder') return openFolderParts(source, options.onProgress);
  const { validationShare, ...spec } = source;
  if (spec.kind === 'hdf5') {
    const parts = await openHdf5Parts(spec, options.onProgress);
    if (parts.validation ?? parts.test) return parts;
    return { ...splitDataset(parts.train, validationShare), test: null };
  }
  return { ...splitDataset(await openTolerant(spec, options), validationShare), test: null };
}

/**
 * Opens what a model learns from and is measured on. Where a source has no test part, one half of its validation part is for choosing
 * and the other for figures.
 *
 * @throws InvalidInput if an option is unknown or out of range, the data is missing or unusable, or a part is empty.
 *
 * @example
 * ```ts
 * const { train, validation, tests } = await openPictureSplits({ kind: 'folder', path: 'photos' });
 * ```
 */
export async function openPictureSplits(
  source: SplitSource,
  options: SplitOptions = {},
): Promise<PictureSplits> {
  const opened = await partsOf(source, options);
  const part = (split: keyof FolderParts, words: SplitWords) =>
    opened[split] === null ? null : wholeSplit(opened[split], words);
  const train = wholeSplit(opened.train, trainingWords);
  const kept = part('validation', validationWords);
  const test = part('test', testWords);
  const labeled = train.dataset.labels === undefined ? null : train;
  if (kept === null || test !== null) {
    return { train, labeled, validation: kept, tests: test === null ? [] : [test] };
  }
  const half = (odd: number) => kept.indices.filter((index) => index % 2 === odd);
  const tests = half(1).length > 0 ? [{ ...kept, ...testWords, indices: half(1) }] : [];
  return { train, labeled, validation: { ...kept, indices: half(0) }, tests };
}

/** Splits with further pictures to learn from behind those of `train`; what they are measured on stays. */
export function withExtras<Splits extends PictureSplits>(splits: Splits, extras: readonly Dataset[]): Splits {
  if (extras.length === 0) return splits;
  return { ...splits, train: wholeSplit(joinDatasets([splits.train.dataset, ...extras]), trainingWords) };
}
