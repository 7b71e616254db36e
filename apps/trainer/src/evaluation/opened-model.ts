import type { Runner } from '@m3ae/compile';
import type { EncodedSplits } from '@m3ae/evaluation';
import {
  encodeLabeled,
  type EncodeOptions,
  type ModelOfKind,
  type OpenedModel,
  type PictureEncoder,
  pictureEncoderOf,
} from '@m3ae/evaluation/model';
import type { FeatureName } from '@m3ae/evaluation/probe';
import type { Progress } from '@m3ae/logging';
import type { ChannelStatistics } from '@m3ae/preprocess';
import type { M3aeConfig } from '@m3ae/transformer';
import type { NdArray, Tree } from '@m3ae/tree';
import type { TrainerConfig } from '../config/schema.js';
import { engineOf } from '../run/engine.js';
import { patchesOfCodes } from '../run/image-tokenizer.js';
import { layoutOf, readsText } from '../run/loaders.js';
import type { Sources } from '../run/sources.js';
import type { Vocabulary } from '../run/vocabulary.js';
import { labeledSplits } from './labeled-splits.js';
import type { OpenedRun } from './open-run.js';

/** What a run knows of its model. */
export interface RunModel {
  /** What messages call it. */
  readonly name: string;
  /** SHA-256 of the parameters' file; anything where no features are kept. */
  readonly weights: string;
  readonly model: M3aeConfig;
  /** Those of the config's method. */
  readonly params: Tree<NdArray>;
  readonly vocabulary: Vocabulary;
  readonly statistics: ChannelStatistics;
}

/** The model of a run as evaluations take it. */
export function openedModel(
  config: TrainerConfig,
  { name, weights, model, params, vocabulary, statistics }: RunModel,
): OpenedModel {
  const { tokenizer: words, mapping, bytePairs } = vocabulary;
  const patchesOf = patchesOfCodes(config, statistics);
  return {
    ...({ kind: config.method, config: model, params } as ModelOfKind), // all three are of the method
    name,
    weights,
    image: layoutOf(config, statistics),
    ...(readsText(config.method) && {
      text: { maxLength: config.text.maxLength, tokenizer: bytePairs ?? mapping ?? 'bert', words },
    }),
    ...(patchesOf && { patchesOf }),
  };
}

/** A run whose model is evaluated; `folder` is where features are kept, if they are. */
export type Evaluated = Pick<OpenedRun, 'config' | 'model' | 'peers'> & { readonly folder?: string };

/** How a run's config says that examples are read. */
export const readOptions = (
  { config, peers, folder }: Evaluated,
  progress?: Progress,
): EncodeOptions & { readonly runner: Runner } => ({
  runner: engineOf(config),
  batchSize: config.evaluation.batchSize,
  maxBadShare: config.data.maxBadShare,
  peers,
  folder,
  log: progress,
});

/** Lets the frozen encoder of a run work, and frees it. */
export async function withEncoder<Result>(
  { model, config }: Evaluated,
  body: (encoder: PictureEncoder) => Promise<Result>,
): Promise<Result> {
  const encoder = pictureEncoderOf(model, engineOf(config));
  return body(encoder).finally(() => encoder.dispose());
}

/**
 * Features of the splits that classifiers learn from, are chosen on and measured on.
 *
 * @throws InvalidInput if the pictures have no classes, or a split is empty.
 */
export function encodeRun(
  run: Evaluated,
  sources: Sources,
  names: readonly FeatureName[],
  progress: Progress,
): Promise<EncodedSplits> {
  const splits = labeledSplits(sources, run.config);
  return withEncoder(run, (encoder) => encodeLabeled(encoder, splits, names, readOptions(run, progress)));
}
