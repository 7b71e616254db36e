import {
  type BadFile,
  createLoader,
  type DataSplit,
  type ImageOptions,
  type Loader,
  type LoaderOptions,
  shardsOfSubset,
  type TextOptions,
} from '@m3ae/datasets';
import type { RngKey } from '@m3ae/random';
import { type ImageTokenizer, withCodes } from '@m3ae/tasks';
import { createMixer, type Mixer, type MixerOptions, type MixerSource, type SourceKind } from '@m3ae/mixing';
import { type BatchSource, mixedBatches, type MixedBatchesOptions } from '@m3ae/training';
import type { SkippedFile } from '../run-logs.js';

/** How the splits of a training are read. */
export interface SplitReading extends Pick<LoaderOptions, 'workers' | 'queueSize' | 'maxBadShare'> {
  readonly image: ImageOptions;
  /** Left out, captions are not read. */
  readonly text?: TextOptions;
  /** What makes codes of pictures, where a model predicts those instead of pixels. */
  readonly codes?: () => ImageTokenizer | undefined;
}

/** A loader whose pictures have codes beside them, where they are predicted. */
function coded(loader: Loader, { codes }: SplitReading): Loader {
  const tokenizer = codes?.();
  return tokenizer ? withCodes(loader, tokenizer) : loader;
}

/** A loader for training: random crops, in worker threads; text alone is read in this one. */
export function trainingLoader({ dataset }: DataSplit, key: RngKey, reading: SplitReading): Loader {
  const { image, text, workers, queueSize, maxBadShare } = reading;
  const loader = createLoader(dataset, {
    ...(dataset.kind !== 'text' && { image }),
    ...(text && dataset.kind !== 'image' && { text }),
    key,
    workers: dataset.kind === 'text' ? 0 : workers,
    queueSize,
    maxBadShare,
  });
  return coded(loader, reading);
}

/** A loader that leaves chance out, and files that cannot be decoded: centre crops, in this thread. */
export function evaluationLoader(
  { dataset, indices }: DataSplit,
  key: RngKey,
  reading: SplitReading,
): Loader {
  const { image, text, queueSize, maxBadShare } = reading;
  const loader = createLoader(dataset, {
    image,
    ...(text && dataset.kind === 'paired' && { text }),
    key,
    evaluation: true,
    examples: indices,
    workers: 0,
    queueSize,
    maxBadShare,
  });
  return coded(loader, reading);
}

/** What loaders could not decode, each file once. */
export function skippedFiles(loaders: readonly Loader[]): SkippedFile[] {
  const found = new Map<string, SkippedFile>();
  for (const loader of loaders) {
    loader.stats().badFiles.forEach(({ name, reason }: BadFile) => found.set(name, { place: name, reason }));
  }
  return [...found.values()];
}

/** What is trained on. */
export interface MixedSplits {
  /** Pictures, with captions or without. */
  readonly train: DataSplit;
  /** Text alone; null where there is none. */
  readonly unpairedText: DataSplit | null;
}

/** How {@link mixSplits} mixes. */
export interface MixSplitsOptions extends Omit<MixerOptions, 'sources'> {
  /** Whether captions are read; those of pictures count as not there otherwise. */
  readonly readsText: boolean;
  /** Parts that each batch is cut into, which ranks may share. Default 1. */
  readonly microBatches?: number;
  /** How often a step takes each, for the strategy `weighted`. Default 1 and 1. */
  readonly weights?: { readonly pictures: number; readonly unpairedText: number } | null;
}

/** Most lanes that archives are read in: each holds some megabytes, also where one process takes all. */
const mostLanes = 8;

/** Lanes for micro-batches, so that a rank, which computes some of them, reads only the archives of its own. */
function lanesOf(microBatches: number): number {
  let lanes = Math.min(mostLanes, microBatches);
  while (microBatches % lanes !== 0) lanes--;
  return lanes;
}

const partsOf = ({ train, unpairedText }: MixedSplits) =>
  [train, unpairedText].filter((part) => part !== null);

/**
 * The order of the examples of a training. What lies in archives is dealt archive by archive.
 *
 * @throws InvalidInput if the data are too few for it.
 *
 * @example
 * ```ts
 * const mixer = mixSplits({ train, unpairedText: null }, { key: key(0), batchSize: 64, readsText: true });
 * ```
 */
export function mixSplits(splits: MixedSplits, options: MixSplitsOptions): Mixer {
  const { readsText, microBatches = 1, weights, ...mixing } = options;
  const lanes = lanesOf(microBatches);
  const sourceOf = ({ name, dataset, indices }: DataSplit, kind: SourceKind, weight = 1): MixerSource => {
    const shards = shardsOfSubset(dataset.shards, indices);
    return {
      name,
      kind,
      length: indices.length,
      ...(shards && { shards: { ...shards, lanes } }),
      ...(mixing.strategy === 'weighted' && { weight }),
    };
  };
  const { train, unpairedText } = splits;
  const { kind } = train.dataset;
  const sources = [
    sourceOf(train, kind === 'paired' && !readsText ? 'image' : kind, weights?.pictures),
    ...(unpairedText === null ? [] : [sourceOf(unpairedText, 'text', weights?.unpairedText)]),
  ];
  return createMixer({ ...mixing, sources });
}

/** What {@link splitBatches} needs beside the splits. */
export interface SplitBatchesOptions extends Pick<
  MixedBatchesOptions<unknown>,
  'mixer' | 'collate' | 'key' | 'prefetch'
> {
  readonly reading: SplitReading;
  /** Draws crops and captions. */
  readonly augmentation: RngKey;
}

/**
 * What feeds a training on splits.
 *
 * @returns `batches` for `train` of `@m3ae/training`, and the loaders behind them, to be closed at the end.
 */
export function splitBatches(
  splits: MixedSplits,
  { reading, augmentation, ...options }: SplitBatchesOptions,
): { readonly batches: BatchSource<unknown>; readonly loaders: readonly Loader[] } {
  const parts = partsOf(splits);
  const loaders = Object.fromEntries(
    parts.map((part) => [part.name, trainingLoader(part, augmentation, reading)]),
  );
  const indices = Object.fromEntries(parts.map((part) => [part.name, part.indices]));
  return { batches: mixedBatches({ ...options, loaders, indices }), loaders: Object.values(loaders) };
}
