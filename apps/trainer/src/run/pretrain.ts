import type { Loader } from '@m3ae/datasets';
import type { NdArray, Tree } from '@m3ae/tree';
import type { Tensor } from '@tensorflow/tfjs-core';
import { createScheduled, type ScheduledEvaluator } from '../evaluation/scheduled.js';
import type { StepBatch, TrainState } from '../step/index.js';
import { beginBatch, mixerFor } from './batches.js';
import { beginningOf } from './beginning.js';
import { wallClock } from './clock.js';
import { engineOf, type Program } from './engine.js';
import { createFeed, type Feed } from './feed.js';
import { addToJournal, readJournal, writeJournal } from './journal.js';
import { evaluationLoader, type SkippedFile, skippedFiles, trainingLoader } from './loaders.js';
import { type LoopParts, type LoopResult, type StepOutput, trainLoop } from './loop.js';
import type { Prepared } from './prepare.js';
import { duration, type Progress } from './progress.js';
import { runPaths } from './run-folder.js';
import { type LineMarks, openRunLogs, type RunLogs } from './run-logs.js';
import { type SavedPoint, saveStanding } from './saved-state.js';
import type { StopSignal } from './stop-signal.js';
import type { Standing } from './training-state.js';
import { createValidator, type Validator } from './validation.js';
import { writeJson, writeSealed } from './whole-files.js';

/** What {@link pretrain} is told beside the prepared run. */
export interface PretrainOptions {
  readonly folder: string;
  /** The checkpoint to go on from; left out, the run begins anew. */
  readonly from?: SavedPoint;
  /** The lines that the checkpoint promises, if they are there; else all that can be read up to its step are kept. */
  readonly marks?: LineMarks;
  readonly progress: Progress;
  readonly stop: Pick<StopSignal, 'requested'>;
}

/** How training ended. */
export interface PretrainResult extends LoopResult {
  readonly skipped: readonly SkippedFile[];
  /** Seconds of training, over all processes that took part. */
  readonly seconds: number;
}

/** What holds threads and memory while a run trains. */
interface Machinery {
  readonly program: Program<StepOutput>;
  readonly feed: Feed;
  readonly validator: Validator | null;
  readonly scheduled: ScheduledEvaluator | null;
  readonly loaders: readonly Loader[];
}

/** The validation part's loss, where there is such a part. */
async function validatorFor(prepared: Prepared, loader: Loader | null): Promise<Validator | null> {
  const { sources, config, streams, stepConfig } = prepared;
  const part = sources.validation;
  if (part === null || part.indices.length === 0 || loader === null) return null;
  const { model, loss } = stepConfig;
  return createValidator({ config, model, loss, part, loader, streams, engine: engineOf(config) });
}

async function setUp(prepared: Prepared, begin: Standing): Promise<Machinery> {
  const scheduled = prepared.config.evaluation.everySteps === undefined ? null : createScheduled(prepared);
  const { config, sources, streams, stepConfig, step, length } = prepared;
  const trainStep = (state: TrainState<Tensor>, batch: StepBatch<Tensor>) => step.trainStep(state, batch);
  const program = engineOf(config)<StepOutput>('train step', trainStep, [0]);
  const parts = [sources.train, ...(sources.unpairedText === null ? [] : [sources.unpairedText])];
  const loaders = new Map(
    parts.map((part) => [part.name, trainingLoader(part, streams.augmentation, prepared)]),
  );
  const checked = sources.validation && evaluationLoader(sources.validation, streams.validation, prepared);
  const mixer = mixerFor(config, sources, streams);
  if (begin.mixer !== null) mixer.restore(begin.mixer as Parameters<typeof mixer.restore>[0]);
  const maker = { config, model: stepConfig.model, streams, sources, loaders };
  const feed = createFeed(() => beginBatch(maker, mixer), {
    first: begin.counters.step,
    last: length.totalSteps,
    ahead: config.data.queueSize,
  });
  const validator = await validatorFor(prepared, checked);
  return {
    program,
    feed,
    validator,
    scheduled,
    loaders: [...loaders.values(), ...(checked ? [checked] : [])],
  };
}

function loopParts(
  prepared: Prepared,
  { folder, progress, stop }: PretrainOptions,
  { program, feed, validator, scheduled }: Machinery,
  logs: RunLogs,
  afterSave: () => void,
): LoopParts {
  const { config, step, length } = prepared;
  return {
    step: (state, batch) => program.run(state, batch),
    schedule: step.schedule,
    feed,
    totalSteps: length.totalSteps,
    logEvery: config.log.everySteps,
    saveEvery: config.checkpoint.everySteps,
    maxNonFinite: config.train.maxNonFinite,
    stopRequested: () => stop.requested(),
    clock: wallClock,
    onStep(line, times, log) {
      progress.step(line, length.totalSteps);
      if (log) logs.step(line, times);
    },
    async validate({ state, counters }) {
      if (validator === null) return undefined;
      const values = await validator.measure(state.params as Tree<NdArray>);
      logs.validation(counters.step, values);
      return values.loss;
    },
    ...(scheduled !== null && {
      evaluateEvery: config.evaluation.everySteps!,
      async evaluate({ state, counters }) {
        logs.evaluation(counters.step, await scheduled.measure(state.params as Tree<NdArray>));
      },
    }),
    async save(standing, metric) {
      await saveStanding(folder, prepared, standing, { lines: logs.marks(), metric });
      afterSave();
    },
  };
}

/**
 * Trains a prepared run, from a checkpoint where it is resumed.
 *
 * The folder must exist and be locked by the caller.
 */
export async function pretrain(prepared: Prepared, options: PretrainOptions): Promise<PretrainResult> {
  const { folder, progress, from, marks } = options;
  const started = wallClock();
  const begin = await beginningOf(prepared, from);
  if (begin.counters.step > 0) progress.say(`Resuming after step ${begin.counters.step}.`);
  const earlier = readJournal(folder);
  const machinery = await setUp(prepared, begin);
  // Only now: a run that is refused leaves nothing that looks like one that has begun.
  writeJson(runPaths(folder).vocabulary, prepared.vocabulary.mapping);
  writeSealed(runPaths(folder).config, prepared.record);
  const journal = () =>
    addToJournal(earlier, { seconds: wallClock() - started, skipped: skippedFiles(machinery.loaders) });
  const logs = openRunLogs(folder, begin.counters.step, {
    tensorboard: prepared.config.log.tensorboard,
    marks,
  });
  try {
    const afterSave = () => writeJournal(folder, journal());
    const result = await trainLoop(loopParts(prepared, options, machinery, logs, afterSave), begin);
    progress.end();
    const { skipped, seconds } = journal();
    const { step } = result.standing.counters;
    const end = result.interrupted ? 'Stopped and saved' : 'Trained';
    progress.say(`${end} after step ${step}, in ${duration(seconds)}.`);
    return { ...result, skipped, seconds };
  } finally {
    logs.close();
    await machinery.validator?.dispose();
    await machinery.scheduled?.dispose();
    await machinery.program.dispose();
    await Promise.all(machinery.loaders.map((loader) => loader.close()));
  }
}
