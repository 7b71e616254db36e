import {
  accuracy,
  type Accuracy,
  argmaxRows,
  checkLabelled,
  type LinearClassifier,
  linearEngine,
  type LinearEngine,
  linearScores,
  logisticProblem,
  type Matrix,
  solveLogistic,
} from '@m3ae/evaluation';
import { engineOf } from '../run/engine.js';
import { type EvaluationParts, featuresOf } from './classify.js';
import type { Encoded } from './encode-parts.js';
import type { OpenedRun } from './open-run.js';
import type { FeatureName } from './types.js';

/** A linear classifier whose strength was chosen on the validation part. */
export interface FittedClassifier {
  readonly classifier: LinearClassifier;
  readonly strength: number;
  readonly validation: Accuracy;
}

/**
 * Fits a linear classifier for each strength and keeps the one that does best on the validation part.
 *
 * @throws RangeError if the features or labels cannot be used.
 */
export async function fitClassifier(
  { train, validation }: Pick<EvaluationParts, 'train' | 'validation'>,
  name: FeatureName,
  strengths: readonly number[],
  engine: LinearEngine,
): Promise<FittedClassifier> {
  const classes = train.part.dataset.classNames!;
  const learned = { features: featuresOf(train.features, name), labels: train.features.labels };
  const chosenOn = { features: featuresOf(validation.features, name), labels: validation.features.labels };
  checkLabelled({ train: learned, validation: chosenOn }, { classes });
  const problem = await logisticProblem(learned.features, learned.labels, classes.length, engine);
  let best: FittedClassifier | undefined;
  for (const strength of [...strengths].sort((a, b) => b - a)) {
    const classifier = await solveLogistic(problem, strength, best?.classifier);
    const scores = await linearScores(classifier, chosenOn.features, engine);
    const share = accuracy(argmaxRows(scores), chosenOn.labels);
    if (best === undefined || share.value > best.validation.value)
      best = { classifier, strength, validation: share };
  }
  return best!;
}

/** Whose logits are read: the model's own head, or a linear classifier on its features. */
export interface LogitsOrigin {
  readonly kind: 'head' | 'linear';
  readonly strength?: number;
  readonly validation?: Accuracy;
}

/** Gives the logits of each part: of the model's own head, or of a linear classifier on its features. */
export async function classifierFor(
  run: OpenedRun,
  parts: EvaluationParts,
  name: FeatureName,
): Promise<{
  told: LogitsOrigin;
  logits: (part: Encoded) => Promise<Matrix>;
  dispose(): Promise<void>;
}> {
  if (run.config.method === 'supervised') {
    const logits = async ({ features }: Encoded) => features.matrices.logits!;
    return { told: { kind: 'head' }, logits, dispose: async () => {} };
  }
  const linear = linearEngine(engineOf(run.config));
  const { strengths } = run.config.evaluation;
  const { classifier, strength, validation } = await fitClassifier(parts, name, strengths, linear);
  return {
    told: { kind: 'linear', strength, validation },
    logits: ({ features }) => linearScores(classifier, featuresOf(features, name), linear),
    dispose: () => linear.dispose(),
  };
}
