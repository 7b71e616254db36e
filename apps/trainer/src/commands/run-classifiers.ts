import { unusable, invalidField } from '@m3ae/errors';
import { countUpTo, oneOf, typedValue, typedValues } from '@m3ae/errors/rules';
import {
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
import { encodeRun } from '../evaluation/opened-model.js';
import { fittingEngineOf } from '../run/engine.js';
import { type EvaluationCommandOptions, type EvaluationContext, runEvaluation } from './run-evaluation.js';

/** Options of `m3ae probe`. */
export interface ProbeCommandOptions extends EvaluationCommandOptions {
  readonly features: string;
  readonly strengths?: string;
  readonly reference?: boolean;
  readonly epochs?: string;
  readonly batch?: string;
}

/** Options of `m3ae knn`. */
export interface NeighborCommandOptions extends EvaluationCommandOptions {
  readonly features: string;
  readonly neighbors?: string;
  /** As earlier versions spelled it. */
  readonly neighbours?: string;
}

/** What every classifier on features is told. */
function told({ run, progress }: EvaluationContext, features: readonly FeatureName[], title: string) {
  const onProgress = (done: number, total: number) => progress.part(title, done, total);
  return { features, runner: fittingEngineOf(run.config), onProgress };
}

/** What makes the features that classifiers are fitted to. */
const encoderOf =
  (features: readonly FeatureName[]) =>
  ({ run, sources, progress }: EvaluationContext) =>
    encodeRun(run, sources, features, progress);

/** Logistic regression: the default. */
async function runFast(
  path: string,
  options: ProbeCommandOptions,
  features: readonly FeatureName[],
): Promise<void> {
  const given = options.strengths && typedValues('--strengths', options.strengths, probeRules.strength);
  await runEvaluation(path, options, {
    name: 'probe',
    settings: ({ config: { evaluation } }) => ({
      features,
      strengths: given || evaluation.strengths,
      maxTrainExamples: evaluation.maxTrainExamples,
    }),
    encode: encoderOf(features),
    async evaluate(context, splits) {
      const strengths = given || context.run.config.evaluation.strengths;
      return probeEvaluator({ ...told(context, features, 'Linear probe'), strengths }).run(splits);
    },
    print: (results, { run }) => [
      ...classifierLines(results, ({ strength }) => String(strength), 'penalty'),
      ...weakerPenaltyHint(
        results,
        given || run.config.evaluation.strengths,
        (penalties) => `npx @m3ae/trainer probe ${path} --strengths ${penalties}`,
      ),
    ],
  });
}

/** Batch normalization and LARS, as the reference probes. */
async function runReference(
  path: string,
  options: ProbeCommandOptions,
  features: readonly FeatureName[],
): Promise<void> {
  const epochs = typedValue('--epochs', options.epochs, countUpTo(limits.epochs, 2)) ?? 90;
  const batchSize = typedValue('--batch', options.batch, countUpTo(limits.batch));
  const probe: ReferenceProbeOptions = {
    epochs,
    warmupEpochs: Math.min(10, Math.floor(epochs / 9)), // a ninth, as of the reference's 90
    ...(batchSize !== undefined && { batchSize }),
  };
  await runEvaluation(path, options, {
    name: 'probe-reference',
    settings: ({ config: { evaluation, seed } }) => ({
      features,
      ...probe,
      seed,
      maxTrainExamples: evaluation.maxTrainExamples,
    }),
    encode: encoderOf(features),
    async evaluate(context, splits) {
      return referenceProbeEvaluator({
        ...told(context, features, 'Linear probe of the reference'),
        probe,
        key: foldIn(key(context.run.config.seed), 13),
      }).run(splits);
    },
    print: (results) => classifierLines(results, ({ best }) => String(best.epoch), 'best epoch'),
  });
}

/** Runs `m3ae probe`. */
export async function runProbe(path: string, options: ProbeCommandOptions): Promise<void> {
  const features = withBaseline(typedValues('--features', options.features, oneOf(featureNames)));
  const { reference = false, strengths, epochs, batch } = options;
  if (reference && strengths !== undefined) {
    throw invalidField(
      '--strengths',
      'left out with --reference, which has no penalty',
      strengths,
      'Give one of the two.',
    );
  }
  const alone = epochs === undefined ? (batch === undefined ? undefined : '--batch') : '--epochs';
  if (!reference && alone !== undefined) {
    throw unusable([
      `${alone} must come with --reference; received it alone. Logistic regression runs to convergence: leave it out.`,
    ]);
  }
  await (reference ? runReference : runFast)(path, options, features);
}

/** Runs `m3ae knn`. */
export async function runKnn(path: string, options: NeighborCommandOptions): Promise<void> {
  const features = withBaseline(typedValues('--features', options.features, oneOf(featureNames)));
  const { neighbors = options.neighbours } = options;
  const given = neighbors && typedValues('--neighbors', neighbors, probeRules.neighbors);
  await runEvaluation(path, options, {
    name: 'knn',
    settings: ({ config: { evaluation } }) => ({
      features,
      neighbors: given || evaluation.neighbors,
      maxTrainExamples: evaluation.maxTrainExamples,
    }),
    encode: encoderOf(features),
    async evaluate(context, splits) {
      const counts = given || context.run.config.evaluation.neighbors;
      return neighborEvaluator({ ...told(context, features, 'Nearest neighbors'), counts }).run(splits);
    },
    print: (results) => classifierLines(results, ({ neighbors }) => String(neighbors), 'neighbors'),
  });
}
