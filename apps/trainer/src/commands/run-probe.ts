import type { ReferenceProbeOptions } from '@m3ae/evaluation';
import { unusable } from '@m3ae/errors';
import { limits } from '../config/limits.js';
import { countOf, numbersOf, wordsOf } from '../evaluation/choices.js';
import { measureProbe, measureReferenceProbe } from '../evaluation/classify.js';
import { encodeLabelled } from '../evaluation/encode-labelled.js';
import { type FeatureName, featureNames, withBaseline } from '../evaluation/types.js';
import { weakerPenaltyHint } from '../evaluation/weaker-penalty.js';
import { engineOf } from '../run/engine.js';
import { classifierLines } from './classifier-lines.js';
import type { ProbeCommandOptions } from './probe.js';
import { runEvaluation } from './run-evaluation.js';

/** Logistic regression: the default. */
async function runFast(
  path: string,
  options: ProbeCommandOptions,
  features: readonly FeatureName[],
): Promise<void> {
  const given =
    options.strengths && numbersOf('--strengths', options.strengths, { whole: false, most: limits.penalty });
  await runEvaluation(path, options, {
    name: 'probe',
    settings: ({ config: { evaluation } }) => ({
      features,
      strengths: given || evaluation.strengths,
      maxTrainExamples: evaluation.maxTrainExamples,
    }),
    async evaluate({ run, sources, progress }) {
      const parts = await encodeLabelled(run, sources, features, progress);
      const settings = given || run.config.evaluation.strengths;
      return measureProbe(parts, { features, settings, engine: engineOf(run.config), progress });
    },
    print: (results, { run }) => [
      ...classifierLines(results, ({ strength }) => String(strength), 'penalty'),
      ...weakerPenaltyHint(results, given || run.config.evaluation.strengths, path),
    ],
  });
}

/** Batch normalisation and LARS, as the reference probes. */
async function runReference(
  path: string,
  options: ProbeCommandOptions,
  features: readonly FeatureName[],
): Promise<void> {
  const epochs =
    options.epochs === undefined
      ? 90
      : countOf('--epochs', options.epochs, { least: 2, most: limits.epochs });
  const probe: ReferenceProbeOptions = {
    epochs,
    warmupEpochs: Math.min(10, Math.floor(epochs / 9)), // a ninth, as of the reference's 90
    ...(options.batch !== undefined && {
      batchSize: countOf('--batch', options.batch, { most: limits.batch }),
    }),
  };
  await runEvaluation(path, options, {
    name: 'probe-reference',
    settings: ({ config: { evaluation, seed } }) => ({
      features,
      ...probe,
      seed,
      maxTrainExamples: evaluation.maxTrainExamples,
    }),
    async evaluate({ run, sources, progress }) {
      const parts = await encodeLabelled(run, sources, features, progress);
      const { seed } = run.config;
      return measureReferenceProbe(parts, {
        features,
        options: probe,
        seed,
        engine: engineOf(run.config),
        progress,
      });
    },
    print: (results) => classifierLines(results, ({ best }) => String(best.epoch), 'best epoch'),
  });
}

/** Runs `m3ae probe`. */
export async function runProbe(path: string, options: ProbeCommandOptions): Promise<void> {
  const features = withBaseline(wordsOf('--features', options.features, featureNames));
  const { reference = false, strengths, epochs, batch } = options;
  if (reference && strengths !== undefined) {
    throw unusable([
      `--strengths must be left out with --reference, which has no penalty; received ${strengths}. Give one of the two.`,
    ]);
  }
  const alone = epochs === undefined ? (batch === undefined ? undefined : '--batch') : '--epochs';
  if (!reference && alone !== undefined) {
    throw unusable([
      `${alone} must come with --reference; received it alone. Logistic regression runs to convergence: leave it out.`,
    ]);
  }
  await (reference ? runReference : runFast)(path, options, features);
}
