import { outlierLines } from '@m3ae/report';
import { unusable } from '@m3ae/errors';
import type { EncodedSplits } from '@m3ae/evaluation';
import { type FeatureName, featureNames } from '@m3ae/evaluation/probe';
import {
  outlierEvaluator,
  type OutlierMethod,
  outlierMethods,
  type OutlierResults,
} from '@m3ae/evaluation/outliers';
import type { Progress } from '@m3ae/logging';
import { type EncodedPart, encodeLabelled, encodeParts } from '../evaluation/encode-parts.js';
import { type LabelledParts, labelledParts } from '../evaluation/labelled-parts.js';
import type { OpenedRun } from '../evaluation/open-run.js';
import { learnsFromEmoji } from '../run/emoji-sources.js';
import { fittingEngineOf } from '../run/engine.js';
import { openOutlierSets, type Sources } from '../run/sources.js';
import { wordOf, wordsOf } from './choices.js';
import { type EvaluationCommandOptions, runEvaluation } from './run-evaluation.js';

/** Options of `m3ae ood`. */
export interface OutlierCommandOptions extends EvaluationCommandOptions {
  readonly features: string;
  readonly scores?: string;
  readonly builtIn?: boolean;
}

/**
 * Says which classes have one training picture: their spread is that of the others.
 *
 * @throws InvalidInput if that is so of all classes, as nothing can then tell a spread.
 */
function refuseLoneClasses({ train: { dataset, indices } }: LabelledParts, progress: Progress): void {
  const names = dataset.classNames!;
  const counts = new Int32Array(names.length);
  indices.forEach((index) => counts[dataset.labels![index]!]!++);
  const lone = names.filter((_, label) => counts[label] === 1);
  if (lone.length === 0) return;
  if (lone.length < counts.filter((count) => count > 0).length) {
    const more = lone.length > 1 ? ` and ${lone.length - 1} more` : '';
    return progress.say(
      `One training picture alone is of class ${lone[0]}${more}: its spread is taken from the others.`,
    );
  }
  throw unusable([
    `Classes must hold more than one training picture for ood; received one of each, e.g. of ${lone[0]}. Gather more pictures.`,
  ]);
}

/** What is compared, and by what. */
export interface OutlierSettings {
  readonly features: FeatureName;
  readonly scores: readonly OutlierMethod[];
  /** Whether the built-in sets are compared with too. */
  readonly builtIn: boolean;
}

/** Features of the run's own pictures and of those that are not of their kind. */
export interface EncodedOutliers {
  readonly splits: EncodedSplits;
  readonly outside: readonly EncodedPart[];
}

/**
 * Encodes all labelled parts and the sets of `openOutlierSets`.
 *
 * @throws InvalidInput if the pictures have no classes, there is no set of outliers, or one is empty.
 */
export async function encodeOutliers(
  run: OpenedRun,
  sources: Sources,
  { features, builtIn }: OutlierSettings,
  progress: Progress,
): Promise<EncodedOutliers> {
  // What is refused is refused before minutes of encoding.
  refuseLoneClasses(labelledParts(sources, run.config), progress);
  const { sets } = await openOutlierSets(run.config, progress, builtIn);
  const splits = await encodeLabelled(run, sources, [features], progress);
  return { splits, outside: await encodeParts(run, sets, [features], progress) };
}

/** How well a model notices pictures that are not of the kind it was trained on: all test parts, against the outside sets. */
export async function measureOutliers(
  run: OpenedRun,
  { splits, outside }: EncodedOutliers,
  { features, scores }: OutlierSettings,
  progress: Progress,
): Promise<OutlierResults> {
  return outlierEvaluator({
    features,
    scores,
    outside,
    strengths: run.config.evaluation.strengths,
    runner: fittingEngineOf(run.config),
    onProgress: (done, total) => progress.part('Outlier scores', done, total),
  }).run(splits);
}

/** Runs `m3ae ood`. */
export async function runOod(path: string, options: OutlierCommandOptions): Promise<void> {
  const features = wordOf('--features', options.features, featureNames);
  const asked = options.scores?.replaceAll('neighbour', 'neighbor'); // as earlier versions spelled it
  const scores = asked === undefined ? outlierMethods : wordsOf('--scores', asked, outlierMethods);
  const builtInOf = ({ config }: OpenedRun) => (options.builtIn ?? false) || learnsFromEmoji(config);
  const settingsOf = (run: OpenedRun) => ({ features, scores, builtIn: builtInOf(run) });
  await runEvaluation(path, options, {
    name: 'ood',
    settings: (run) => {
      const { outliers, strengths, maxTrainExamples } = run.config.evaluation;
      return { ...settingsOf(run), outliers, strengths, maxTrainExamples };
    },
    encode: ({ run, sources, progress }) => encodeOutliers(run, sources, settingsOf(run), progress),
    evaluate: ({ run, progress }, encoded) => measureOutliers(run, encoded, settingsOf(run), progress),
    print: outlierLines,
  });
}
