import { type BadFile, createLoader, type Loader, type LoaderOptions } from '@m3ae/datasets';
import { readsText, withCodes } from '@m3ae/tasks';
import type { RngKey } from '@m3ae/random';
import type { SkippedFile } from '@m3ae/runs';
import type { TrainerConfig } from '../config/schema.js';
import { imageTokenizerOf } from './image-tokenizer.js';
import type { DataSplit } from '@m3ae/evaluation/model';
import type { ChannelStatistics } from '@m3ae/preprocess';
import type { Vocabulary } from './vocabulary.js';

/** What loaders of a run have in common. */
export interface LoaderSettings {
  readonly config: TrainerConfig;
  readonly vocabulary: Vocabulary;
  readonly statistics: ChannelStatistics;
}

function textOptions({ config, vocabulary }: LoaderSettings): LoaderOptions['text'] {
  return { maxLength: config.text.maxLength, tokenizer: vocabulary.mapping ?? 'bert' };
}

function imageOptions({ config, statistics }: LoaderSettings): LoaderOptions['image'] {
  const { size, patchSize, crop, flip } = config.image;
  return { size, patchSize, crop, flip, ...statistics };
}

/** A loader whose pictures have codes beside them, where a config predicts those. */
function coded(loader: Loader, { config, statistics }: LoaderSettings): Loader {
  const tokenizer = imageTokenizerOf(config, statistics);
  return tokenizer ? withCodes(loader, tokenizer) : loader;
}

/** A loader for training: random crops, in worker threads. */
export function trainingLoader(part: DataSplit, key: RngKey, settings: LoaderSettings): Loader {
  const { data, method } = settings.config;
  const loader = createLoader(part.dataset, {
    ...(part.dataset.kind !== 'text' && { image: imageOptions(settings) }),
    ...(readsText(method) && part.dataset.kind !== 'image' && { text: textOptions(settings) }),
    key,
    workers: part.dataset.kind === 'text' ? 0 : data.workers,
    queueSize: data.queueSize,
    maxBadShare: data.maxBadShare,
  });
  return coded(loader, settings);
}

/** A loader that leaves chance out, and files that cannot be decoded: centre crops, in this thread. */
export function evaluationLoader(part: DataSplit, key: RngKey, settings: LoaderSettings): Loader {
  const { data, method } = settings.config;
  const loader = createLoader(part.dataset, {
    image: imageOptions(settings),
    ...(readsText(method) && part.dataset.kind === 'paired' && { text: textOptions(settings) }),
    key,
    evaluation: true,
    examples: part.indices,
    workers: 0,
    queueSize: data.queueSize,
    maxBadShare: data.maxBadShare,
  });
  return coded(loader, settings);
}

/** What loaders could not decode, each file once. */
export function skippedFiles(loaders: readonly Loader[]): SkippedFile[] {
  const found = new Map<string, SkippedFile>();
  for (const loader of loaders) {
    loader.stats().badFiles.forEach(({ name, reason }: BadFile) => found.set(name, { place: name, reason }));
  }
  return [...found.values()];
}
