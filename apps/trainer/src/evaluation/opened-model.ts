import type { Runner } from '@m3ae/compile';
import type { EncodedSplits } from '@m3ae/evaluation';
import {
  encodeLabeled,
  type EncodeOptions,
  type LabeledSplits,
  labeledSplits,
  type OpenedModel,
  withPictureEncoder,
} from '@m3ae/evaluation/model';
import type { FeatureName } from '@m3ae/evaluation/probe';
import type { Progress } from '@m3ae/logging';
import { modelOfRun, type RunModelFacts } from '@m3ae/runs/model';
import { patchesOfCodes } from '@m3ae/tasks/onnx';
import type { TrainerConfig } from '../config/schema.js';
import { engineOf } from '../run/engine.js';
import type { Prepared } from '../run/prepare.js';
import type { Sources } from '../run/sources.js';
import type { OpenedRun } from './open-run.js';

/** The model of a run that makes pictures of codes, where it predicts those. */
export function withPatchesOf(
  model: OpenedModel,
  config: TrainerConfig,
  statistics: RunModelFacts['statistics'],
): OpenedModel {
  const patchesOf = patchesOfCodes(config, statistics);
  return { ...model, ...(patchesOf && { patchesOf }) };
}

/** The model of a run in this process. */
export function trainedModel(
  { config, stepConfig: { model }, statistics, vocabulary }: Prepared,
  facts: Pick<RunModelFacts, 'name' | 'weights' | 'params'>,
): OpenedModel {
  const trained = modelOfRun(config, { ...facts, model, statistics, vocabulary: vocabulary.mapping });
  return withPatchesOf(trained, config, statistics);
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

/** Where classes come from, in errors. */
export const classesPath = 'data.source';

/** The splits that classifiers learn from, are chosen on and measured on. */
export const labeledOf = (
  sources: Sources,
  { evaluation: { maxTrainExamples } }: Pick<TrainerConfig, 'evaluation'>,
): LabeledSplits => labeledSplits(sources, { maxTrainExamples, prefix: classesPath });

/** Features of the splits that classifiers learn from, are chosen on and measured on. */
export function encodeRun(
  run: Evaluated,
  sources: Sources,
  names: readonly FeatureName[],
  progress: Progress,
): Promise<EncodedSplits> {
  const splits = labeledOf(sources, run.config);
  const options = readOptions(run, progress);
  return withPictureEncoder(run.model, options.runner, (encoder) =>
    encodeLabeled(encoder, splits, names, options),
  );
}
