import { readArrays } from '@m3ae/compile';
import { writeSealed, writeWholeJson } from '@m3ae/checkpoint/files';
import { anyStops, type CommonStop, commonStop, type Communicator, singleProcess } from '@m3ae/distributed';
import { duration } from '@m3ae/errors';
import { type Progress, wallClock } from '@m3ae/logging';
import type { VocabularyMapping } from '@m3ae/preprocess';
import type { KeepOptions, Snapshot } from '@m3ae/training';
import {
  addToJournal,
  type LineMarks,
  openRunLogs,
  readJournal,
  type RunLogs,
  type SkippedFile,
  writeJournal,
} from '../run-logs.js';
import { runPaths, type RunRecord, type Warn } from '../run-folder.js';
import { saveRunSnapshot } from '../saved-state.js';
import { type LoopParts, type LoopResult, type RunParts, trainLoop } from './loop.js';
import { shareSnapshot } from './follow-run.js';

/** What is written beside the weights. */
export interface RunFiles extends Omit<KeepOptions, 'onDamage'> {
  /** What config.json says. */
  readonly record: RunRecord;
  /** What vocabulary.json says: the word pieces, or null where they are those of BERT. */
  readonly vocabulary: VocabularyMapping | null;
  /** Whether event files of TensorBoard are written. Default true. */
  readonly tensorboard?: boolean;
  /** Files that could not be decoded so far. Default none. */
  readonly skipped?: () => readonly SkippedFile[];
}

/** How {@link trainRun} goes. */
export interface TrainRunOptions {
  /** Whether the folder holds this run already, whose time and skipped files count. Default false. */
  readonly goesOn?: boolean;
  /** From when its time counts, in seconds since 1970. Default now. */
  readonly since?: number;
  /** The lines that the checkpoint promises, if they are there; else all that can be read up to its step are kept. */
  readonly marks?: LineMarks;
  readonly progress: Progress;
  readonly warn: Warn;
  /** How it is stopped early; by default it is not. */
  readonly stop?: CommonStop;
  /** The ranks that train together, this one being 0; by default it is alone. */
  readonly communicator?: Communicator;
  /** Called once the first step is done, before anything is written into the folder. */
  readonly onBegin?: () => void;
}

/** How training ended. */
export interface TrainRunResult extends LoopResult {
  readonly skipped: readonly SkippedFile[];
  /** Seconds of training, over all processes that took part. */
  readonly seconds: number;
}

/** What the loop needs of a run's files and of the other ranks. */
interface Writing {
  readonly folder: string;
  readonly files: RunFiles;
  readonly options: TrainRunOptions;
  readonly logsOf: () => RunLogs;
  readonly afterSave: () => void;
}

function loopParts(
  { step, batches, steps, maxNonFinite, every, validator, evaluator, resident, divergedRemedy }: RunParts,
  from: Snapshot,
  { folder, files, options, logsOf, afterSave }: Writing,
): LoopParts {
  const { progress, communicator = singleProcess() } = options;
  const { stop = commonStop(communicator, new AbortController().signal) } = options;
  const { record, extra, keepLast, keepBest } = files;
  const { log, save, evaluate = Infinity } = every;
  const isTurn = (done: number) => [log, save, evaluate].some((steps) => done % steps === 0);
  return {
    training: {
      step,
      batches,
      from,
      steps,
      maxNonFinite,
      signal: stop.agreed.signal,
      // Where a turn waits for all that the device was given. Ranks agree after every step.
      ...(communicator.size === 1 &&
        resident && { turnAfter: (done: number) => stop.asked.aborted || isTurn(done) }),
      clock: wallClock,
      onMicroBatch({ step: at, done, total, seconds }) {
        if (seconds > 5) progress.part(`step ${at}`, done, total);
      },
    },
    divergedRemedy,
    logEvery: log,
    saveEvery: save,
    stopRequested: () => anyStops(communicator, stop),
    onStep(line, seconds, isLogged) {
      progress.step(line, steps);
      const logs = logsOf();
      if (isLogged) logs.step(line, seconds);
    },
    async validate({ state, step: done }) {
      if (!validator) return undefined;
      const values = await communicator.aside(() => validator.measure(state.params));
      logsOf().validation(done, values);
      return values.loss;
    },
    ...(evaluator && {
      evaluateEvery: every.evaluate,
      async evaluate({ state, step: done }) {
        const params = await readArrays(state.params);
        logsOf().evaluation(done, await communicator.aside(() => evaluator.measure(params)));
      },
    }),
    async save(now, metric) {
      const saved = { record, lines: logsOf().marks(), metric, extra, keepLast, keepBest };
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
 * Trains in a run folder: config.json, metrics.jsonl, validation.jsonl, evaluations.jsonl, timing.jsonl, journal.json and checkpoints.
 * Nothing is written before the first step is done, so that a run that is refused leaves nothing behind.
 *
 * @param folder - It must exist and be locked by the caller.
 * @param from - Where it begins: a checkpoint of the run, or a fresh state.
 * @param files - What is written beside the weights.
 * @throws Error if the loss was not finite for `maxNonFinite` steps in a row.
 *
 * @example
 * ```ts
 * const unlock = await lockRunFolder(folder);
 * const parts = { step, batches, steps: 1000, every: { log: 10, save: 500 } };
 * await trainRun(folder, parts, step.init(key(0)), { record, vocabulary: null }, { progress, warn: console.error });
 * ```
 */
export async function trainRun(
  folder: string,
  parts: RunParts,
  from: Snapshot,
  files: RunFiles,
  options: TrainRunOptions,
): Promise<TrainRunResult> {
  const { goesOn = false, since = wallClock(), marks, progress, warn, onBegin } = options;
  const { communicator = singleProcess() } = options;
  const { record, vocabulary, tensorboard = true, skipped = () => [] } = files;
  const begin = await shareSnapshot(communicator, from);
  if (begin.step > 0) progress.say(`Resuming after step ${begin.step}.`);
  const earlier = goesOn ? readJournal(folder, warn) : { seconds: 0, skipped: [] };
  const journal = () => addToJournal(earlier, { seconds: wallClock() - since, skipped: skipped() });
  let logs: RunLogs | undefined;
  const start = () => {
    onBegin?.();
    writeWholeJson(runPaths(folder).vocabulary, vocabulary);
    writeSealed(runPaths(folder).config, record);
    return openRunLogs(folder, begin.step, { events: tensorboard ? wallClock : null, marks });
  };
  const logsOf = () => (logs ??= start());
  try {
    const writing = { folder, files, options, logsOf, afterSave: () => writeJournal(folder, journal()) };
    const result = await trainLoop(loopParts(parts, begin, writing));
    if (!result.interrupted) logsOf(); // there was no step left to do
    progress.end();
    const done = journal();
    progress.say(endOf(result, duration(done.seconds)));
    return { ...result, ...done };
  } finally {
    logs?.close();
  }
}
