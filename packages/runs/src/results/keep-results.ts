import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Runner } from '@m3ae/compile';
import type { EncodedSplits } from '@m3ae/evaluation';
import { type Progress, wallClock } from '@m3ae/logging';
import { weakerPenaltyHint } from '@m3ae/report';
import { makeFolder, writeWhole } from '@m3ae/checkpoint/files';
import { encodePng } from '@m3ae/datasets';
import type { RgbImage } from '@m3ae/preprocess';
import { type EvaluatedRun, evaluationsFolder, recordEvaluation, type ResultsPlace } from '../evaluations.js';
import type { RunRecord } from '../run-folder.js';

/** How {@link measureFeatures} measures. */
export interface MeasureFeaturesOptions {
  /** Penalties of the probe and numbers of neighbors to choose from; how many examples the features are of, for the record. */
  readonly evaluation: {
    readonly l2: readonly number[];
    readonly neighbors: readonly number[];
    readonly maxTrainExamples: number;
  };
  /** What computes. */
  readonly runner: Runner;
  readonly versions: RunRecord['versions'];
  readonly progress: Progress;
  /** The command that probes with further penalties, told where a weaker one may be better. */
  readonly probeCommand: (penalties: string) => string;
}

/**
 * Measures the features of a trained run by a linear probe and by nearest neighbors, and records both beside it.
 *
 * @param features - All that `featureNames` names, of its training, validation and test part.
 */
export async function measureFeatures(
  run: EvaluatedRun,
  features: EncodedSplits,
  { evaluation, runner, versions, progress, probeCommand }: MeasureFeaturesOptions,
): Promise<void> {
  const { featureNames, neighborEvaluator, probeEvaluator } = await import('@m3ae/evaluation/probe'); // loads the engine
  const { l2, neighbors, maxTrainExamples } = evaluation;
  const common = (title: string) => ({
    features: featureNames,
    runner,
    onProgress: (done: number, total: number) => progress.part(title, done, total),
  });
  const record = (name: string, given: object, results: unknown, since: number) =>
    recordEvaluation(evaluationsFolder(run.folder), {
      evaluation: name,
      run,
      settings: { features: featureNames, maxTrainExamples, ...given },
      results,
      seconds: wallClock() - since,
      versions,
    });
  const started = wallClock();
  const probed = await probeEvaluator({ ...common('Linear probe'), l2 }).run(features);
  record('probe', { l2 }, probed, started);
  weakerPenaltyHint(probed, l2, probeCommand).forEach((hint) => progress.say(hint));
  const between = wallClock();
  const voted = await neighborEvaluator({ ...common('Nearest neighbors'), counts: neighbors }).run(features);
  record('knn', { neighbors }, voted, between);
}

/**
 * Writes pictures beside the record of an evaluation; with the first one those of an earlier time go.
 *
 * @param name - Of the folder.
 * @returns Writes one, and gives its file as the record names it: from the folder `evaluations` of the run.
 */
export function pictureWriter({ folder, prefix }: ResultsPlace, name: string) {
  const parent = join(folder, name);
  let begun = false;
  return async (picture: Omit<RgbImage, 'channels'>, file: string): Promise<string> => {
    const png = await encodePng({ ...picture, channels: 3 });
    if (!begun) rmSync(parent, { recursive: true, force: true });
    begun = true;
    makeFolder(parent);
    writeWhole(join(parent, `${file}.png`), png);
    return `${prefix}${name}/${file}.png`;
  };
}
