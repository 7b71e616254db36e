import { readArrays } from '@m3ae/compile';
import type { Loader } from '@m3ae/datasets';
import { anyStops, type CommonStop, commonStop, type Communicator, singleProcess } from '@m3ae/distributed';
import { type BatchSource, createValidator, type Snapshot, type Validator } from '@m3ae/training';
import { writeSealed, writeWholeJson } from '@m3ae/checkpoint/files';
import { duration } from '@m3ae/errors';
import type { Progress } from '@m3ae/logging';
import {
  addToJournal,
  type LineMarks,
  openRunLogs,
  readJournal,
  type RunLogs,
  runPaths,
  type SavedPoint,
  saveRunSnapshot,
  type SkippedFile,
  writeJournal,
} from '@m3ae/runs';
import type { TrainingProbe } from '@m3ae/evaluation/probe';
import { createScheduled } from '../evaluation/scheduled.js';
import { beginningOf, type SavedExtra } from './beginning.js';
import { wallClock } from './clock.js';
import { engineOf } from './engine.js';
import { evaluationLoader, skippedFiles } from './loaders.js';
import { type LoopParts, type LoopResult, trainLoop } from './loop.js';
import { batchesOf } from './mixer.js';
import type { Prepared } from './prepare.js';
import { shareSnapshot } from './ranks.js';
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

/** How training ended. */
export interface PretrainResult extends LoopResult {
  readonly skipped: readonly SkippedFile[];
  /** Seconds of training, over all processes that took part. */
  readonly seconds: number;
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
  const checked = sources.validation && evaluationLoader(sources.validation, streams.validation, prepared);
  return {
    batches,
    validator: await validatorFor(prepared, checked),
    scheduled,
    loaders: [...loaders, ...(checked ? [checked] : [])],
  };
}

function loopParts(
  prepared: Prepared,
  { folder, progress, communicator = singleProcess(), ...options }: PretrainOptions,
  { batches, validator, scheduled }: Machinery,
  from: Snapshot,
  logsOf: () => RunLogs,
  afterSave: () => void,
): LoopParts {
  const { config, step, length } = prepared;
  const { log, checkpoint, evaluation } = config;
  const { stop = commonStop(communicator, new AbortController().signal) } = options;
  const everies = [log.everySteps, checkpoint.everySteps, evaluation.everySteps ?? Infinity];
  return {
    training: {
      step,
      batches,
      from,
      steps: length.totalSteps,
      maxNonFinite: config.train.maxNonFinite,
      signal: stop.agreed.signal,
      // On a GPU a turn waits for all that it was given. Ranks agree after every step.
      ...(communicator.size === 1 &&
        config.train.device !== 'cpu' && {
          turnAfter: (done: number) => stop.asked.aborted || everies.some((every) => done % every === 0),
        }),
      clock: wallClock,
      onMicroBatch({ step: at, done, total, seconds }) {
        if (seconds > 5) progress.part(`step ${at}`, done, total);
      },
    },
    logEvery: config.log.everySteps,
    saveEvery: config.checkpoint.everySteps,
    stopRequested: () => anyStops(communicator, stop),
    onStep(line, seconds, log) {
      progress.step(line, length.totalSteps);
      const logs = logsOf();
      if (log) logs.step(line, seconds);
    },
    async validate({ state, step: done }) {
      if (validator === null) return undefined;
      const values = await communicator.aside(() => validator.measure(state.params));
      logsOf().validation(done, values);
      return values.loss;
    },
    ...(scheduled !== null && {
      evaluateEvery: config.evaluation.everySteps!,
      async evaluate({ state, step: done }) {
        const params = await readArrays(state.params);
        logsOf().evaluation(done, await communicator.aside(() => scheduled.measure(params)));
      },
    }),
    async save(now, metric) {
      const { keepLast, keepBest } = config.checkpoint;
      const extra = { seed: config.seed, vocabulary: prepared.vocabulary.mapping } satisfies SavedExtra;
      const saved = { record: prepared.record, lines: logsOf().marks(), metric, extra, keepLast, keepBest };
      await communicator.aside(() => saveRunSnapshot(folder, now, saved));
      afterSave();
    },
  };
}

function endOf({ interrupted, snapshot: { step } }: LoopResult, time: string): string {
  if (interrupted && step === 0)
    return `Stopped in the first step, after ${time}; there is nothing to save yet.`;
  return `${interrupted ? 'Stopped and saved' : 'Trained'} after step ${step}, in ${time}.`;
}

/**
 * Trains a prepared run, from a checkpoint where it is resumed.
 *
 * The folder must exist and be locked by the caller.
 */
export async function pretrain(prepared: Prepared, options: PretrainOptions): Promise<PretrainResult> {
  const { folder, progress, from, marks, communicator = singleProcess(), onBegin = () => {} } = options;
  const started = wallClock();
  const begin = await shareSnapshot(communicator, await beginningOf(prepared, from));
  if (begin.step > 0) progress.say(`Resuming after step ${begin.step}.`);
  const earlier = from === undefined ? { seconds: 0, skipped: [] } : readJournal(folder, warnOnStderr);
  const machinery = await setUp(prepared, communicator);
  const journal = () =>
    addToJournal(earlier, { seconds: wallClock() - started, skipped: skippedFiles(machinery.loaders) });
  let logs: RunLogs | undefined;
  const start = () => {
    onBegin();
    writeWholeJson(runPaths(folder).vocabulary, prepared.vocabulary.mapping);
    writeSealed(runPaths(folder).config, prepared.record);
    const events = prepared.config.log.tensorboard ? wallClock : null;
    return openRunLogs(folder, begin.step, { events, marks });
  };
  // After the first step: a run that is refused leaves nothing that looks like one that has begun, and an earlier one as it was.
  const logsOf = () => (logs ??= start());
  try {
    const afterSave = () => writeJournal(folder, journal());
    const result = await trainLoop(loopParts(prepared, options, machinery, begin, logsOf, afterSave));
    if (!result.interrupted) logsOf(); // there was no step left to do
    progress.end();
    const { skipped, seconds } = journal();
    progress.say(endOf(result, duration(seconds)));
    return { ...result, skipped, seconds };
  } finally {
    logs?.close();
    await machinery.validator?.dispose();
    await machinery.scheduled?.dispose();
    await prepared.step.dispose();
    await Promise.all(machinery.loaders.map((loader) => loader.close()));
  }
}
