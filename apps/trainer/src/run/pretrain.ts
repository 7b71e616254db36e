import type { Loader } from '@m3ae/datasets';
import { type CommonStop, type Communicator, singleProcess, succeedTogether } from '@m3ae/distributed';
import { type BatchSource, createValidator, type Snapshot, type Validator } from '@m3ae/training';
import { type Progress, wallClock } from '@m3ae/logging';
import {
  evaluationLoader,
  followRun,
  requireSameRun,
  type RunParts,
  type SavedPoint,
  type SavedVocabulary,
  skippedFiles,
  snapshotAt,
  trainRun,
  type TrainRunOptions,
  type TrainRunResult,
} from '@m3ae/runs';
import type { TrainingProbe } from '@m3ae/evaluation/probe';
import { initialParams } from '@m3ae/runs/model';
import { createScheduled } from '../evaluation/scheduled.js';
import { warnOnStderr } from '../console.js';
import type { TrainerConfig } from '../config/schema.js';
import { engineOf } from './engine.js';
import { batchesOf, readingOf } from './mixer.js';
import { prepare, type Prepared, type PrepareOptions } from './prepare.js';
import { settingRules } from './rules.js';
import { encodeAtEnd } from './finish.js';
import { peersOf } from './ranks.js';

/** What {@link pretrain} is told beside the prepared run. */
interface PretrainOptions extends Omit<TrainRunOptions, 'goesOn' | 'since' | 'warn'> {
  readonly folder: string;
  /** The checkpoint to go on from; left out, the run begins anew. */
  readonly from?: SavedPoint;
}

/** What holds threads and memory while a run trains. */
interface Machinery {
  readonly batches: BatchSource<unknown>;
  readonly validator: Validator | null;
  readonly scheduled: TrainingProbe | null;
  readonly loaders: readonly Loader[];
}

async function setUp(prepared: Prepared, communicator: Communicator): Promise<Machinery> {
  const scheduled = createScheduled(prepared, communicator);
  const { config, sources, streams, task, cache } = prepared;
  const { batches, loaders } = batchesOf(prepared);
  const part = communicator.rank === 0 ? sources.validation : null;
  if (part === null) return { batches, validator: null, scheduled, loaders };
  const loader = evaluationLoader(part, streams.validation, readingOf(prepared));
  const checked = {
    task,
    loader,
    indices: part.indices,
    batchSize: config.train.batchSize / config.train.accumulate,
    maxBatches: config.evaluation.lossBatches,
    runner: engineOf(config, { cache }),
    key: streams.validation,
  };
  const validator = part.indices.length === 0 ? null : await createValidator(checked);
  return { batches, validator, scheduled, loaders: [...loaders, loader] };
}

async function takeDown({ validator, scheduled, loaders }: Machinery, step: Prepared['step']): Promise<void> {
  await validator?.dispose();
  await scheduled?.dispose();
  await step.dispose();
  await Promise.all(loaders.map((loader) => loader.close()));
}

/** What a config says of a training whose parts are there. */
function runParts(
  { config, step, length }: Prepared,
  { batches, scheduled, validator }: Machinery,
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

/** Trains a prepared run, from a checkpoint where it is resumed, in a folder that the caller has locked. */
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
    await takeDown(machinery, step);
  }
}

/** What this program adds to a checkpoint. */
interface SavedExtra extends SavedVocabulary {
  readonly seed: number;
}

/** What is said of `initialize.run`. */
export const initializeWords = {
  remedy: 'Train one with: npx @m3ae/trainer pretrain CONFIG.',
  warn: warnOnStderr,
} as const;

/** Where a run begins: at its own checkpoint where it is resumed, else at fresh parameters, the encoder's perhaps another run's. */
async function beginningOf(prepared: Prepared, from: SavedPoint | undefined): Promise<Snapshot> {
  const { config, stepConfig, step, streams, vocabulary } = prepared;
  const fresh = step.init(streams.parameters);
  if (from !== undefined) return snapshotAt(from, fresh.state, vocabulary.mapping, settingRules.names);
  const taker = { kind: config.method, model: stepConfig.model, pieces: vocabulary.tokenizer.vocabulary };
  const params = await initialParams(fresh.state.params, config.initialize, taker, initializeWords);
  return { ...fresh, state: { ...fresh.state, params } };
}

/**
 * Trains beside rank 0, which alone keeps the run folder: this rank computes its share of every batch and of the pictures that are evaluated
 * on, writes nothing, and tells whether a user stopped the run, by a signal to any rank.
 */
export async function followRank0(
  communicator: Communicator,
  config: TrainerConfig,
  options: Pick<PrepareOptions, 'begun' | 'cached'>,
  progress: Progress,
  stop: CommonStop,
): Promise<{ readonly interrupted: boolean }> {
  const prepared = await succeedTogether(communicator, () =>
    prepare(config, progress, { ...options, peers: peersOf(communicator, config, stop) }),
  );
  await requireSameRun(communicator, prepared.record);
  const { step, streams } = prepared;
  const machinery = await setUp(prepared, communicator);
  try {
    const fresh = step.init(streams.parameters);
    const { snapshot, interrupted } = await followRun(
      communicator,
      runParts(prepared, machinery),
      fresh,
      stop,
    );
    if (!interrupted) await encodeAtEnd(prepared, snapshot.state.params, communicator, progress);
    return { interrupted };
  } finally {
    await takeDown(machinery, step);
  }
}
