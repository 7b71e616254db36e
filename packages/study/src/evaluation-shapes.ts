import type { Accuracy } from '@m3ae/evaluation/classification';
import {
  type FeatureName,
  featureNames,
  type FineTuneResults,
  type NeighborResults,
  type ProbeResults,
  type ReferenceProbeResults,
  type SplitAccuracy,
} from '@m3ae/evaluation/probe';
import type { OutlierResults } from '@m3ae/evaluation/outliers';
import type { RetrievalResults } from '@m3ae/evaluation/retrieval';
import type { AttentionResults, PointingFigures } from '@m3ae/evaluation/attention';
import type { Evaluation } from '@m3ae/runs';
import type { EvaluationJob, RunJob } from './plan.js';
import { each, fields, type Shape, type ShapeOf } from './shapes.js';

const interval = fields({ value: 'number', low: 'number', high: 'number' } as const);
const accuracy: ShapeOf<Accuracy> = fields({ ...interval.fields, count: 'number' } as const);
const part: ShapeOf<SplitAccuracy> = fields({ top1: accuracy, top5: accuracy });
const details = each(fields({ perClass: 'any', confusion: 'any' } as const));

/** What is known of a run before it is evaluated. */
export interface EvaluatedShapes {
  /** Keys of the test splits. */
  readonly tests: readonly string[];
  /** Names of the features that are asked for; left out, all. */
  readonly features?: readonly string[];
}

function classifier<Setting extends Readonly<Record<string, Shape>>>(
  { tests, features }: EvaluatedShapes,
  setting: Setting,
) {
  const one = fields({
    dimensions: 'number',
    validation: accuracy,
    tests: each(part, tests),
    ...setting,
  } as const);
  const known = featureNames.filter((name) => features?.includes(name) ?? true);
  return fields({
    best: 'word',
    chosenOn: 'word',
    classes: 'number',
    classNames: 'any',
    trainExamples: 'number',
    tests: 'any',
    features: fields(Object.fromEntries(known.map((name) => [name, one])) as Record<FeatureName, typeof one>),
    details,
  } as const);
}

const pointing: ShapeOf<PointingFigures> = fields({
  scenes: 'number',
  words: 'number',
  accuracy: interval,
  inside: interval,
  chance: 'number',
  chanceInside: 'number',
  timesChance: interval,
  control: interval,
  difference: interval,
  controlInside: interval,
} as const);

const attention: ShapeOf<AttentionResults> = fields({
  map: fields({ choice: 'word', direction: 'word', name: 'word' } as const),
  validation: pointing,
  pointing,
  parts: each(fields({ title: 'word', best: pointing, last: pointing } as const)),
  layers: 'any',
  pictures: 'any',
  notes: 'any',
} as const);

const outlier = {
  auroc: 'number',
  low: 'number',
  high: 'number',
  aupr: 'number',
  auprIn: 'number',
  fpr95: 'number',
} as const;
const outlierTable = each(each(fields(outlier)));
const outliers: ShapeOf<OutlierResults> = fields({
  features: 'word',
  scores: 'any',
  neighbors: 'number',
  classifier: fields({ kind: 'word', l2: 'number', validation: accuracy } as const),
  inDistribution: 'any',
  outliers: 'any',
  sets: outlierTable,
  byTest: each(outlierTable),
} as const);

const ranks = fields({ r1: accuracy, r5: accuracy, r10: accuracy });
const recall = { imageToText: ranks, textToImage: ranks };
const retrieval = ({ tests }: EvaluatedShapes): ShapeOf<RetrievalResults> => {
  const one = {
    title: 'word',
    pictures: 'number',
    captions: 'number',
    ...recall,
    chance: fields(recall),
  } as const;
  return fields({
    by: 'word',
    ...recall,
    parts: each(fields(one), tests),
    zeroShot: each(accuracy, tests),
  } as const);
};

const fineTuned = ({ tests }: EvaluatedShapes): ShapeOf<FineTuneResults> =>
  fields({
    folder: 'word',
    steps: 'number',
    classes: 'number',
    classNames: 'any',
    trainExamples: 'number',
    validation: accuracy,
    parts: 'any',
    tests: each(part, tests),
    details,
  } as const);

/**
 * What the results of each evaluator of `@m3ae/evaluation` hold, so that paths of a study's metrics are checked before anything
 * runs. `finetune` is a classifier trained from an encoder on, `probeReference` the reference's probe.
 */
export const evaluationShapes: Readonly<Record<string, (context: EvaluatedShapes) => Shape>> = {
  probe: (context): ShapeOf<ProbeResults> => classifier(context, { l2: 'number' } as const),
  knn: (context): ShapeOf<NeighborResults> => classifier(context, { neighbors: 'number' } as const),
  probeReference: (context): ShapeOf<ReferenceProbeResults> =>
    classifier(context, {
      epochs: 'number',
      best: fields({ epoch: 'number', validation: accuracy, tests: each(part, context.tests) } as const),
    } as const),
  finetune: fineTuned,
  ood: () => outliers,
  attention: () => attention,
  retrieve: retrieval,
};

/** The figures of a training that ended, as `trainingFiguresOf` of runs.ts gives them. */
const trainingShape: Shape = fields({
  finished: fields({
    step: 'number',
    nonFiniteSteps: 'number',
    losses: each(fields({ last: 'number', guessing: 'number', share: 'number' })),
    summedRate: 'number',
    skippedFiles: 'any',
    trainingSeconds: 'number',
    reportSeconds: 'number',
  }),
  minutes: 'number',
  last: each('number'),
  validation: each('number'),
});

/**
 * What the figures of a job on run folders will hold, for `shapeOf` of an experiment.
 *
 * @param testsOf - Names of the test splits of a run, of its resolved settings.
 * @returns Nothing for a command whose results have no shape of their own.
 */
export function runFolderShape(
  job: RunJob | EvaluationJob,
  testsOf: (resolved: RunJob['resolved']) => readonly string[],
): Shape | undefined {
  if (job.kind === 'run') return trainingShape;
  const { command, options } = job.settings;
  const { features } = options;
  const shape = evaluationShapes[options.reference === true ? `${command}Reference` : command]?.({
    tests: testsOf(job.run.resolved),
    ...(typeof features === 'string' && { features: features.split(',').map((name) => name.trim()) }),
  });
  if (shape === undefined) return undefined;
  const envelope: Record<keyof Evaluation, Shape> = {
    evaluation: 'word',
    run: 'any',
    settings: 'any',
    results: shape,
    seconds: 'number',
    versions: 'any',
  };
  return fields(envelope);
}
