import { existsSync, rmSync } from 'node:fs';
import { summedRate } from '@m3ae/optim';
import { type Progress, readLines, wallClock } from '@m3ae/logging';
import { finalLosses, finalLossLines, guessedLosses, methodTraits, modelOf } from '@m3ae/tasks';
import type { NdArray, Tree } from '@m3ae/tree';
import { type Communicator, gatheringPeers } from '@m3ae/distributed';
import type { EncodedSplits } from '@m3ae/evaluation';
import { featureNames } from '@m3ae/evaluation/probe';
import { measureFeatures, writeRunReport } from '@m3ae/runs/results';
import { duration } from '@m3ae/errors';
import {
  type EvaluatedRun,
  evaluatedRun,
  evaluationsFolder,
  fromEarlier,
  inTodaysWords,
  readRunRecord,
  recordEvaluation,
  reportFacts,
  runName,
  runPaths,
  type RunRecord,
  trainingLoader,
  type TrainRunResult,
  weightsOf,
  writeFacts,
} from '@m3ae/runs';
import { whyUnclassified } from '@m3ae/evaluation/model';
import { listCheckpoints, writeSealed } from '@m3ae/checkpoint/files';
import { classesPath, encodeRun, trainedModel } from '../evaluation/opened-model.js';
import { rebuildUnseen } from '../evaluation/rebuild.js';
import type { TrainerConfig } from '../config/schema.js';
import { resolveConfig } from '../config/resolve.js';
import { sampleSpecs } from '../config/samples.js';
import { warnOnStderr } from '../console.js';
import { fittingEngineOf } from './engine.js';
import { readingOf } from './mixer.js';
import type { Prepared } from './prepare.js';
import { partsOf } from './sources.js';
import { versions } from './versions.js';

/** Why a run has no evaluation, or null where it has one. */
function evaluationNote({ config, sources }: Prepared): string | null {
  if (!config.evaluation.enabled) return 'The evaluation was switched off in the config.';
  if (sources.labeled === null) {
    return 'The pictures have no classes, so nothing was classified. Give them with data.source.labels.';
  }
  if (sources.validation === null || sources.tests.length === 0)
    return 'No pictures were kept apart to measure on.';
  return whyUnclassified(sources, classesPath) ?? null;
}

/** The trained model as evaluations take it; its features are not kept, so its weights have no name. */
const modelAtEnd = (prepared: Prepared, params: Tree<NdArray>) =>
  trainedModel(prepared, { name: 'the run', weights: '', params });

/** Features of a trained run, made by all ranks together; nothing where the run has no evaluation. */
export async function encodeAtEnd(
  prepared: Prepared,
  params: Tree<NdArray>,
  communicator: Communicator,
  progress: Progress,
): Promise<EncodedSplits | undefined> {
  if (evaluationNote(prepared) !== null) return undefined;
  const { config, sources } = prepared;
  const run = { config, model: modelAtEnd(prepared, params), peers: gatheringPeers(communicator) };
  return encodeRun(run, sources, featureNames, progress);
}

/** Hides and rebuilds some unseen examples, as `m3ae reconstruct` does. */
async function rebuild(prepared: Prepared, params: Tree<NdArray>, run: EvaluatedRun): Promise<void> {
  const { config, sources } = prepared;
  const started = wallClock();
  const folder = evaluationsFolder(run.folder);
  const model = modelAtEnd(prepared, params);
  const results = await rebuildUnseen({ config, model }, sources, { folder, prefix: '' });
  if (results === null) return;
  const { examples, maskRatio, textMaskRatio } = config.report;
  const settings = { examples, maskRatio, textMaskRatio };
  const seconds = wallClock() - started;
  recordEvaluation(folder, {
    evaluation: 'reconstruct',
    run,
    settings,
    results,
    seconds,
    versions: versions(),
  });
}

/** Losses of guessing without looking, of the training examples of a run. */
async function guessesOf(prepared: Prepared): Promise<Record<string, number>> {
  const { config, sources, streams, vocabulary } = prepared;
  const settings = { ...prepared, config: { ...config, data: { ...config.data, workers: 0 } } };
  const loader = trainingLoader(sources.train, streams.augmentation, readingOf(settings));
  const examples = { ...sources.train, loader, tokenizer: vocabulary.tokenizer };
  return guessedLosses(config, examples).finally(() => loader.close());
}

/** Evaluates a trained run and writes report.html. The ranks that trained leave once the pictures are encoded; this one goes on alone. */
export async function finish(
  prepared: Prepared,
  result: TrainRunResult,
  folder: string,
  progress: Progress,
  communicator: Communicator,
): Promise<void> {
  const { config, sources, stepConfig } = prepared;
  const paths = runPaths(folder);
  const { step, nonFinite } = result.snapshot;
  const { params } = result.snapshot.state;
  const started = wallClock();
  rmSync(paths.finished, { force: true });
  const given = await encodeAtEnd(prepared, params, communicator, progress);
  await communicator.close();
  const own = (await listCheckpoints(folder)).find((entry) => entry.step === step);
  const weights = await weightsOf(own!.folder);
  const run = evaluatedRun(folder, config, { step, weights });
  const guesses = await guessesOf(prepared);
  const losses = finalLosses(readLines(paths.metrics), prepared.length.totalSteps, guesses);
  progress.fact('losses', losses);
  const advice = 'Raise optimizer.peakLearningRate or train longer.';
  finalLossLines(losses, advice).forEach((line) => progress.say(line));
  const note = evaluationNote(prepared);
  writeFacts(folder, reportFacts(partsOf(sources), params, step, note));
  if (given !== undefined) {
    await measureFeatures(run, given, {
      evaluation: config.evaluation,
      runner: fittingEngineOf(config),
      versions: versions(),
      progress,
      probeCommand: (penalties) => `npx @m3ae/trainer probe ${folder} --l2 ${penalties}`,
    });
  }
  if (config.report.enabled) {
    await rebuild(prepared, params, run);
    await refreshReport(folder, config);
  }
  writeSealed(paths.finished, {
    step,
    nonFiniteSteps: nonFinite.total,
    losses,
    summedRate: summedRate(stepConfig.schedule),
    skippedFiles: result.skipped,
    trainingSeconds: Math.round(result.seconds),
    reportSeconds: Math.round(wallClock() - started),
  });
  progress.say(`Evaluated and reported in ${duration(wallClock() - started)}.`);
}

/** Who made the built-in data that a config uses. */
export function licensesOf({ data: { source, extra, unpairedText } }: TrainerConfig) {
  return sampleSpecs?.sampleCredits([source, ...extra, ...(unpairedText ? [unpairedText] : [])]) ?? [];
}

/**
 * Writes report.html anew, with a section for each evaluation that the run folder holds.
 *
 * @param record - What the run was made with, where it is known; else config.json says it.
 * @returns Its path, or nothing where the config wants no report and there is none.
 */
export async function refreshReport(
  folder: string,
  { report: { enabled } }: Pick<TrainerConfig, 'report'>,
  record: RunRecord<TrainerConfig> | undefined = readRunRecord<TrainerConfig>(folder),
): Promise<string | undefined> {
  if (record === undefined || (!enabled && !existsSync(runPaths(folder).report))) return undefined;
  const config = resolveConfig(fromEarlier(record.config));
  const { method, seed, image, report, train } = config;
  const { short, long } = methodTraits(method);
  return writeRunReport(folder, {
    record,
    title: report.title ?? `${short}: ${runName(folder)}`,
    subtitle: `${long}, seed ${seed}, ${image.size} pixels, patches of ${image.patchSize}; ${record.versions.cpu}.`,
    method: short,
    batchSize: train.batchSize,
    model: modelOf(config, record.data),
    licenses: licensesOf(config),
    upgrade: inTodaysWords,
    warn: warnOnStderr,
  });
}
