import type { Loader } from '@m3ae/datasets';
import { type CommonStop, type Communicator, singleProcess } from '@m3ae/distributed';
import { type BatchSource, createValidator, type Validator } from '@m3ae/training';
import { type Progress, wallClock } from '@m3ae/logging';
import {
  evaluationLoader,
  skippedFiles,
  type LineMarks,
  type RunParts,
  type SavedPoint,
  trainRun,
  type TrainRunResult,
} from '@m3ae/runs';
import type { TrainingProbe } from '@m3ae/evaluation/probe';
import { createScheduled } from '../evaluation/scheduled.js';
import { beginningOf, type SavedExtra } from './beginning.js';
import { engineOf } from './engine.js';
import { batchesOf, readingOf } from './mixer.js';
import type { Prepared } from './prepare.js';
import { warnOnStderr } from './warn.js';

/** What {@link pretrain} is told beside the prepared run. */
export interface PretrainOptions {
  readonly folder: string;
  /** The checkpoint to go on from; left out, the run begins anew. */
  readonly from?: SavedPoint;
  /** The lines that the checkpoint promises, if they are there; else all that can be read up to its step are kept. */
  readonly marks?: LineMarks;
  readonly progress: Progress;
  /** How it is stopped early; by default it is not. */
  readonly stop?: CommonStop;
  /** The ranks that train together, this one being 0; by default it is alone. */
  readonly communicator?: Communicator;
  /** Called once the first step is done, before anything is written into the folder. */
  readonly onBegin?: () => void;
}

/** What holds threads and memory while a run trains. */
interface Machinery {
  readonly batches: BatchSource<unknown>;
  readonly validator: Validator | null;
  readonly scheduled: TrainingProbe | null;
  readonly loaders: readonly Loader[];
}

/** The validation part's loss, where there is such a part. */
async function validatorFor(prepared: Prepared, loader: Loader | null): Promise<Validator | null> {
  const { sources, config, streams, task, cache } = prepared;
  const part = sources.validation;
  if (part === null || part.indices.length === 0 || loader === null) return null;
  return createValidator({
    task,
    loader,
    indices: part.indices,
    batchSize: config.train.batchSize / config.train.accumulate,
    maxBatches: config.evaluation.lossBatches,
    runner: engineOf(config, { cache }),
    key: streams.validation,
  });
}

async function setUp(prepared: Prepared, communicator: Communicator): Promise<Machinery> {
  const scheduled = createScheduled(prepared, communicator);
  const { sources, streams } = prepared;
  const { batches, loaders } = batchesOf(prepared);
  const checked =
    sources.validation && evaluationLoader(sources.validation, streams.validation, readingOf(prepared));
  return {
    batches,
    validator: await validatorFor(prepared, checked),
    scheduled,
    loaders: [...loaders, ...(checked ? [checked] : [])],
  };
}

/** What a config says of a training whose parts are there. */
export function runParts(
  { config, step, length }: Prepared,
  { batches, scheduled, validator }: Pick<Machinery, 'batches' | 'scheduled'> & Partial<Machinery>,
): RunParts {
  const { log, checkpoint, evaluation, train } = config;
  return {
    step,
    batches,
    steps: length.totalSteps,
    maxNonFinite: train.maxNonFinite,
    divergedRemedy:
      'Lower optimizer.peakLearningRate, set optimizer.clipNorm to 1, or look for broken examples with "npx @m3ae/trainer data".',
    every: { log: log.everySteps, save: checkpoint.everySteps, evaluate: evaluation.everySteps },
    validator,
    evaluator: scheduled,
    resident: train.device !== 'cpu',
  };
}

/**
 * Trains a prepared run, from a checkpoint where it is resumed.
 *
 * The folder must exist and be locked by the caller.
 */
export async function pretrain(
  prepared: Prepared,
  { folder, from, ...options }: PretrainOptions,
): Promise<TrainRunResult> {
  const { config, record, step, vocabulary } = prepared;
  const since = wallClock();
  const begin = await beginningOf(prepared, from);
  const machinery = await setUp(prepared, options.communicator ?? singleProcess());
  const { keepLast, keepBest } = config.checkpoint;
  const { mapping } = vocabulary;
  const files = {
    record,
    vocabulary: mapping,
    tensorboard: config.log.tensorboard,
    skipped: () => skippedFiles(machinery.loaders),
    extra: { seed: config.seed, vocabulary: mapping } satisfies SavedExtra,
    keepLast,
    keepBest,
  };
  const running = { ...options, goesOn: from !== undefined, since, warn: warnOnStderr };
  try {
    return await trainRun(folder, runParts(prepared, machinery), begin, files, running);
  } finally {
    await machinery.validator?.dispose();
    await machinery.scheduled?.dispose();
    await step.dispose();
    await Promise.all(machinery.loaders.map((loader) => loader.close()));
  }
}
