import type { EvaluationJob, RunJob, Shape } from '@m3ae/study';
import type { Evaluation } from '@m3ae/runs';
import type { TrainerConfig } from '../config/schema.js';
import type { Accuracy } from '@m3ae/evaluation/classification';
import {
  type FeatureName,
  featureNames,
  type FineTuneResults,
  type NeighborResults,
  type SplitAccuracy,
  type ProbeResults,
  type ReferenceProbeResults,
} from '@m3ae/evaluation/probe';
import type { OutlierResults } from '@m3ae/evaluation/outliers';
import type { RetrievalResults } from '@m3ae/evaluation/retrieval';
import type { AttentionResults, PointingFigures } from '@m3ae/evaluation/attention';
import { testNames } from '../run/pictures.js';

/** The shape of a type, so that the compiler compares the tables below with the results they describe. */
type ShapeOf<T> = T extends number
  ? 'number'
  : T extends string
    ? 'word'
    : T extends readonly unknown[]
      ? 'any'
      : string extends keyof T
        ? { readonly each: ShapeOf<T[keyof T]>; readonly names: readonly string[] | undefined }
        : { readonly fields: { readonly [K in keyof T]-?: ShapeOf<NonNullable<T[K]>> } };

const each = <Inner extends Shape>(shape: Inner, names?: readonly string[]) => ({ each: shape, names });
const fields = <Fields extends Readonly<Record<string, Shape>>>(shape: Fields) => ({ fields: shape });

const interval = fields({ value: 'number', low: 'number', high: 'number' } as const);
const accuracy: ShapeOf<Accuracy> = fields({ ...interval.fields, count: 'number' } as const);
const part: ShapeOf<SplitAccuracy> = fields({ top1: accuracy, top5: accuracy });
const details = each(fields({ perClass: 'any', confusion: 'any' } as const));

/** What a study knows of the runs that it evaluates. */
interface ShapeContext {
  /** Keys of the test parts. */
  readonly tests: readonly string[];
  /** The option `features`, as the command takes it. */
  readonly features: string | undefined;
}

function classifier<Setting extends Readonly<Record<string, Shape>>>(
  { tests, features }: ShapeContext,
  setting: Setting,
) {
  const one = fields({
    dimensions: 'number',
    validation: accuracy,
    tests: each(part, tests),
    ...setting,
  } as const);
  const asked = features?.split(',').map((name) => name.trim());
  const known = featureNames.filter((name) => asked?.includes(name) ?? true);
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
  classifier: fields({ kind: 'word', strength: 'number', validation: accuracy } as const),
  inDistribution: 'any',
  outliers: 'any',
  sets: outlierTable,
  byTest: each(outlierTable),
} as const);

const ranks = fields({ r1: accuracy, r5: accuracy, r10: accuracy });
const recall = { imageToText: ranks, textToImage: ranks };
const retrieval = ({ tests }: ShapeContext): ShapeOf<RetrievalResults> => {
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

const fineTuned = ({ tests }: ShapeContext): ShapeOf<FineTuneResults> =>
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

/** Results by command; a command that is not here is known by its records alone. */
const results: Readonly<Record<string, (context: ShapeContext) => Shape>> = {
  probe: (context): ShapeOf<ProbeResults> => classifier(context, { strength: 'number' } as const),
  knn: (context): ShapeOf<NeighborResults> => classifier(context, { neighbors: 'number' } as const),
  'probe --reference': (context): ShapeOf<ReferenceProbeResults> =>
    classifier(context, {
      epochs: 'number',
      best: fields({ epoch: 'number', validation: accuracy, tests: each(part, context.tests) } as const),
    } as const),
  finetune: fineTuned,
  ood: () => outliers,
  attention: () => attention,
  retrieve: retrieval,
};

/** The figures of a training that ended, as a study keeps them. */
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

/** What the figures of a job will hold; nothing for a command whose results have no shape of their own. */
export function shapeOfJob(job: RunJob | EvaluationJob): Shape | undefined {
  if (job.kind === 'run') return trainingShape;
  const { command, options } = job.settings;
  const { data } = job.run.resolved as unknown as TrainerConfig; // resolved by its schema
  const shape = results[options.reference === true ? `${command} --reference` : command]?.({
    tests: testNames(data.source),
    features: typeof options.features === 'string' ? options.features : undefined,
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
