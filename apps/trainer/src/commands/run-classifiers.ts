import { invalidField, unusable } from '@m3ae/errors';
import { countUpTo, oneOf, typedValue, typedValues } from '@m3ae/errors/rules';
import {
  type ClassifierOptions,
  type FeatureName,
  featureNames,
  neighborEvaluator,
  probeEvaluator,
  probeRules,
  referenceProbeEvaluator,
  type ReferenceProbeOptions,
  withBaseline,
} from '@m3ae/evaluation/probe';
import { foldIn, key } from '@m3ae/random';
import { classifierLines, weakerPenaltyHint } from '@m3ae/report';
import { limits } from '../config/limits.js';
import type { TrainerConfig } from '../config/schema.js';
import type { EncodedSplits } from '@m3ae/evaluation';
import { encodeRun } from '../evaluation/opened-model.js';
import { fittingEngineOf } from '../run/engine.js';
import { type EvaluationCommandOptions, runEvaluation } from './run-evaluation.js';

export interface ProbeCommandOptions extends EvaluationCommandOptions {
  readonly features: string;
  readonly l2?: string;
  /** `l2`, as earlier versions called it. */
  readonly strengths?: string;
  readonly reference?: boolean;
  readonly epochs?: string;
  readonly batch?: string;
}

export interface NeighborCommandOptions extends EvaluationCommandOptions {
  readonly features: string;
  readonly neighbors?: string;
  /** As earlier versions spelled it. */
  readonly neighbours?: string;
}

/** A classifier of frozen features, and what is said of it. */
interface Classifier<Results> {
  readonly name: string;
  readonly title: string;
  readonly settings: (config: TrainerConfig) => object;
  readonly evaluator: (
    common: ClassifierOptions,
    config: TrainerConfig,
  ) => { run(splits: EncodedSplits): Promise<Results> };
  readonly print: (results: Results, config: TrainerConfig) => readonly string[];
}

/** Encodes the pictures of a run, and measures a classifier of the features. */
async function classify<Results>(
  path: string,
  options: EvaluationCommandOptions,
  features: readonly FeatureName[],
  { name, title, settings, evaluator, print }: Classifier<Results>,
): Promise<void> {
  await runEvaluation<Results, EncodedSplits>(path, options, {
    name,
    settings: ({ config }) => ({
      features,
      ...settings(config),
      maxTrainExamples: config.evaluation.maxTrainExamples,
    }),
    encode: ({ run, sources, progress }) => encodeRun(run, sources, features, progress),
    async evaluate({ run: { config }, progress }, splits) {
      const onProgress = (done: number, total: number) => progress.part(title, done, total);
      return evaluator({ features, runner: fittingEngineOf(config), onProgress }, config).run(splits);
    },
    print: (results, { run }) => print(results, run.config),
  });
}

const featuresOf = ({ features }: { readonly features: string }) =>
  withBaseline(typedValues('--features', features, oneOf(featureNames)));

/** Logistic regression: the default. */
function runFast(path: string, options: ProbeCommandOptions, features: readonly FeatureName[]) {
  const given = options.l2 && typedValues('--l2', options.l2, probeRules.l2);
  const penaltiesOf = ({ evaluation }: TrainerConfig) => given || evaluation.l2;
  return classify(path, options, features, {
    name: 'probe',
    title: 'Linear probe',
    settings: (config) => ({ l2: penaltiesOf(config) }),
    evaluator: (common, config) => probeEvaluator({ ...common, l2: penaltiesOf(config) }),
    print: (results, config) => [
      ...classifierLines(results, ({ l2 }) => String(l2), 'penalty'),
      ...weakerPenaltyHint(
        results,
        penaltiesOf(config),
        (penalties) => `npx @m3ae/trainer probe ${path} --l2 ${penalties}`,
      ),
    ],
  });
}

/** Batch normalization and LARS, as the reference probes. */
function runReference(path: string, options: ProbeCommandOptions, features: readonly FeatureName[]) {
  const epochs = typedValue('--epochs', options.epochs, countUpTo(limits.epochs, 2)) ?? 90;
  const batchSize = typedValue('--batch', options.batch, countUpTo(limits.batch));
  const probe: ReferenceProbeOptions = {
    epochs,
    warmupEpochs: Math.min(10, Math.floor(epochs / 9)), // a ninth, as of the reference's 90
    ...(batchSize !== undefined && { batchSize }),
  };
  return classify(path, options, features, {
    name: 'probe-reference',
    title: 'Linear probe of the reference',
    settings: ({ seed }) => ({ ...probe, seed }),
    evaluator: (common, { seed }) =>
      referenceProbeEvaluator({ ...common, probe, key: foldIn(key(seed), 13) }),
    print: (results) => classifierLines(results, ({ best }) => String(best.epoch), 'best epoch'),
  });
}

export async function runProbe(path: string, { strengths, ...rest }: ProbeCommandOptions): Promise<void> {
  const options = { ...rest, l2: rest.l2 ?? strengths };
  const features = featuresOf(options);
  const { reference = false, l2, epochs, batch } = options;
  if (reference && l2 !== undefined) {
    const rule = 'left out with --reference, which has no penalty';
    throw invalidField('--l2', rule, l2, 'Give one of the two.');
  }
  const alone = epochs === undefined ? (batch === undefined ? undefined : '--batch') : '--epochs';
  if (!reference && alone !== undefined) {
    throw unusable([
      `${alone} must come with --reference; received it alone. Logistic regression runs to convergence: leave it out.`,
    ]);
  }
  await (reference ? runReference : runFast)(path, options, features);
}

export function runKnn(path: string, options: NeighborCommandOptions): Promise<void> {
  const features = featuresOf(options);
  const { neighbors = options.neighbours } = options;
  const given = neighbors && typedValues('--neighbors', neighbors, probeRules.neighbors);
  const countsOf = ({ evaluation }: TrainerConfig) => given || evaluation.neighbors;
  return classify(path, options, features, {
    name: 'knn',
    title: 'Nearest neighbors',
    settings: (config) => ({ neighbors: countsOf(config) }),
    evaluator: (common, config) => neighborEvaluator({ ...common, counts: countsOf(config) }),
    print: (results) => classifierLines(results, ({ neighbors }) => String(neighbors), 'neighbors'),
  });
}
