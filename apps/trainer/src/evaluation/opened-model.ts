import type { Runner } from '@m3ae/compile';
import type { EncodedSplits } from '@m3ae/evaluation';
import {
  type DataSplit,
  encodeLabeled,
  type EncodeOptions,
  type LabeledSplits,
  labeledSplits,
  limited,
  type OpenedModel,
  openSplit,
  rebuildingOf,
  rebuildSplits,
  whyUnclassified,
  withPictureEncoder,
} from '@m3ae/evaluation/model';
import { type FeatureName, type TrainingProbe, trainingProbe } from '@m3ae/evaluation/probe';
import type { Progress } from '@m3ae/logging';
import { layoutOf, modelOfRun, type RunModelFacts } from '@m3ae/runs/model';
import { patchesOfCodes } from '@m3ae/tasks/onnx';
import type { Gallery, GalleryInput } from '@m3ae/evaluation/reconstruction';
import { type ResultsPlace, streamsOf } from '@m3ae/runs';
import { pictureWriter } from '@m3ae/runs/results';
import { type Communicator, gatheringPeers } from '@m3ae/distributed';
import { unusable } from '@m3ae/errors';
import type { TrainerConfig } from '../config/schema.js';
import { engineOf, fittingEngineOf } from '../run/engine.js';
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
type Evaluated = Pick<OpenedRun, 'config' | 'model' | 'peers'> & { readonly folder?: string };

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

/**
 * Hides most of some unseen examples, lets the model rebuild them, and keeps their pictures.
 *
 * @param inputs - What the model is shown; by default what the method was trained on.
 * @returns Pictures as file names from the folder `evaluations`; null for a method that rebuilds nothing, and where
 * there is nothing to rebuild.
 */
export async function rebuildUnseen(
  run: Evaluated,
  { tests, validation, train }: Pick<Sources, 'train' | 'validation' | 'tests'>,
  place: ResultsPlace,
  inputs?: readonly GalleryInput[],
): Promise<Gallery | null> {
  if (rebuildingOf(run.model) === undefined) return null;
  const { report, seed } = run.config;
  return rebuildSplits(run.model, tests.length > 0 ? tests : [validation ?? train], {
    ...readOptions(run),
    inputs,
    examples: report.examples,
    imageMaskRatio: report.maskRatio,
    textMaskRatio: report.textMaskRatio,
    key: streamsOf(seed).gallery,
    addressOf: pictureWriter(place, 'reconstruct'),
  });
}

/**
 * Prepares what `evaluation.everySteps` asks for. It draws nothing from the streams of training, so that the run is the
 * same with it and without.
 *
 * @param communicator - Ranks that encode together, all of which call `measure`; rank 0 alone has values.
 * @returns Null where it asks for nothing.
 * @throws InvalidInput if the pictures have no classes, or none were kept apart.
 */
export function createScheduled(run: Prepared, communicator: Communicator): TrainingProbe | null {
  const { config, sources, stepConfig } = run;
  const { kinds, scheduledExamples, neighbors, l2, batchSize } = config.evaluation;
  if (config.evaluation.everySteps === undefined) return null;
  const fault = whyUnclassified(sources, classesPath);
  if (fault !== undefined) {
    throw unusable([`evaluation.everySteps needs pictures with classes. ${fault}`]);
  }
  const image = layoutOf(config, run.statistics);
  const probed = (split: DataSplit) => ({
    open: () => openSplit({ image }, split, config.data.maxBadShare),
    indices: split.indices,
  });
  return trainingProbe({
    runner: engineOf(config),
    fitting: fittingEngineOf(config),
    model: stepConfig.model,
    classNames: sources.labeled!.dataset.classNames!,
    train: probed(limited(sources.labeled!, scheduledExamples)),
    validation: probed(sources.validation!),
    kinds,
    neighbors,
    l2,
    batchSize,
    peers: gatheringPeers(communicator),
  });
}
