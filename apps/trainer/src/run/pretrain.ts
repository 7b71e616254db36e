import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Loader } from '@m3ae/datasets';
import type { NdArray, Tree } from '@m3ae/tree';
import type { Tensor } from '@tensorflow/tfjs-core';
import { openEventFile } from '../logs/event-file.js';
import { openLineFile } from '../logs/line-file.js';
import type { StepBatch, TrainState } from '../step/index.js';
import { beginBatch, mixerFor } from './batches.js';
import { wallClock } from './clock.js';
import { type Engine, engineOf } from './engine.js';
import { createFeed } from './feed.js';
import { initialState } from './initial-state.js';
import { evaluationLoader, type SkippedFile, skippedFiles, trainingLoader } from './loaders.js';
import { type LoopResult, type StepOutput, trainLoop } from './loop.js';
import type { Prepared } from './prepare.js';
import { duration, type Progress } from './progress.js';
import { runPaths, writeJson } from './run-folder.js';
import { loadStanding, saveStanding } from './saved-state.js';
import type { StopSignal } from './stop-signal.js';
import { freshCounters, type Standing } from './training-state.js';
import { createValidator, type Validator } from './validation.js';
import { logFrequencies } from './vocabulary.js';

/** What {@link pretrain} is told beside the prepared run. */
export interface PretrainOptions {
  readonly folder: string;
  readonly resume: boolean;
  readonly progress: Progress;
  readonly stop: Pick<StopSignal, 'requested'>;
}

/** How training ended. */
export interface PretrainResult extends LoopResult {
  readonly skipped: readonly SkippedFile[];
  /** Seconds of this process's part of the training. */
  readonly seconds: number;
}

/** Loaders of the training parts, by name of the part. */
function trainingLoaders(prepared: Prepared): Map<string, Loader> {
  const { sources, streams } = prepared;
  const parts = [sources.train, ...(sources.unpairedText === null ? [] : [sources.unpairedText])];
  return new Map(parts.map((part) => [part.name, trainingLoader(part, streams.augmentation, prepared)]));
}

async function beginning(
  prepared: Prepared,
  { folder, resume, progress }: PretrainOptions,
): Promise<Standing> {
  const { config, step, streams, vocabulary, sources } = prepared;
  const bias =
    config.method === 'm3ae' && config.model.textHeadBias === 'logFrequency'
      ? logFrequencies(vocabulary, sources, config.text.maxLength)
      : null;
  const state = initialState(step, streams.parameters, bias);
  const saved = resume ? await loadStanding(folder, state) : undefined;
  if (saved !== undefined) progress.say(`Resuming after step ${saved.counters.step}.`);
  return saved ?? { state, counters: freshCounters, mixer: null };
}

async function validatorFor(
  prepared: Prepared,
  engine: Engine,
  loader: Loader | null,
): Promise<Validator | null> {
  const { sources, config, streams, stepConfig } = prepared;
  if (sources.validation === null || sources.validation.indices.length === 0 || loader === null) return null;
  const { model, loss } = stepConfig;
  return createValidator({ config, model, loss, part: sources.validation, loader, streams, engine });
}

function openLogs(prepared: Prepared, folder: string, startStep: number) {
  const paths = runPaths(folder);
  const metrics = openLineFile(paths.metrics, startStep);
  const validation = openLineFile(paths.validation, startStep);
  const timing = openLineFile(paths.timing, startStep);
  const events = prepared.config.log.tensorboard ? openEventFile(folder, startStep, wallClock) : null;
  return {
    metrics,
    validation,
    timing,
    events,
    close: () => [metrics, validation, timing, events].forEach((file) => file?.close()),
  };
}

/** Numbers of a line, for TensorBoard. */
function scalarsOf(
  line: Readonly<Record<string, number | string | null>>,
  prefix: string,
): Record<string, number> {
  const entries = Object.entries(line).filter(
    ([name, value]) => name !== 'step' && typeof value === 'number',
  );
  return Object.fromEntries(entries.map(([name, value]) => [`${prefix}/${name}`, value as number]));
}

/**
 * Trains a prepared run, from its newest checkpoint where it is resumed.
 *
 * The folder must exist and be locked by the caller.
 */
export async function pretrain(prepared: Prepared, options: PretrainOptions): Promise<PretrainResult> {
  const { config, sources, streams, stepConfig, step, length, vocabulary } = prepared;
  const { folder, progress, stop } = options;
  const started = wallClock();
  const begin = await beginning(prepared, options);
  writeJson(runPaths(folder).config, prepared.record);
  writeJson(runPaths(folder).vocabulary, vocabulary.mapping);

  const engine = engineOf(config);
  const trainStep = (state: TrainState<Tensor>, batch: StepBatch<Tensor>) => step.trainStep(state, batch);
  const program = engine<StepOutput>('train step', trainStep, [0]);
  const loaders = trainingLoaders(prepared);
  const validationLoader =
    sources.validation && evaluationLoader(sources.validation, streams.validation, prepared);
  const validator = await validatorFor(prepared, engine, validationLoader);
  const logs = openLogs(prepared, folder, begin.counters.step);

  const mixer = mixerFor(config, sources, streams);
  if (begin.mixer !== null) mixer.restore(begin.mixer as Parameters<typeof mixer.restore>[0]);
  const maker = { config, model: stepConfig.model, streams, sources, loaders };
  const feed = createFeed(() => beginBatch(maker, mixer), {
    first: begin.counters.step,
    last: length.totalSteps,
    ahead: config.data.queueSize,
  });

  try {
    const result = await trainLoop(
      {
        step: (state, batch) => program.run(state, batch),
        schedule: step.schedule,
        feed,
        totalSteps: length.totalSteps,
        logEvery: config.log.everySteps,
        saveEvery: config.checkpoint.everySteps,
        maxNonFinite: config.train.maxNonFinite,
        stopRequested: () => stop.requested(),
        clock: wallClock,
        onStep(line, { wait, run }, log) {
          progress.step(line, length.totalSteps);
          if (!log) return;
          logs.metrics.append(line);
          logs.timing.append({ step: line.step, waitSeconds: wait, runSeconds: run });
          logs.events?.scalars(line.step, scalarsOf(line, 'train'));
        },
        async validate({ state, counters }) {
          if (validator === null) return undefined;
          const values = await validator.measure(state.params as Tree<NdArray>);
          logs.validation.append({ step: counters.step, ...values });
          logs.events?.scalars(counters.step, scalarsOf(values, 'validation'));
          return values.loss;
        },
        async save(standing, metric) {
          await saveStanding({ folder, config, vocabulary: vocabulary.mapping }, standing, metric);
        },
      },
      begin,
    );
    progress.end();
    const skipped = skippedFiles([...loaders.values(), ...(validationLoader ? [validationLoader] : [])]);
    const seconds = wallClock() - started;
    progress.say(
      `${result.interrupted ? 'Stopped and saved' : 'Trained'} after step ${result.standing.counters.step}, in ${duration(seconds)}.`,
    );
    return { ...result, skipped, seconds };
  } finally {
    logs.close();
    await validator?.dispose();
    await program.dispose();
    await Promise.all(
      [...loaders.values(), ...(validationLoader ? [validationLoader] : [])].map((loader) => loader.close()),
    );
  }
}

/** Names of the TensorBoard files of a folder. */
export function eventFilesOf(folder: string): string[] {
  return readdirSync(folder).filter(
    (name) => name.startsWith('events.out.tfevents.') && join(folder, name) !== '',
  );
}
