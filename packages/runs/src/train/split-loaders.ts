import {
  type BadFile,
  createLoader,
  type DataSplit,
  type ImageOptions,
  type Loader,
  type LoaderOptions,
  type TextOptions,
} from '@m3ae/datasets';
import type { RngKey } from '@m3ae/random';
import { type ImageTokenizer, withCodes } from '@m3ae/tasks';
import type { SkippedFile } from '../journal.js';

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
