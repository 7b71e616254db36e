import {
  accuracy,
  type Accuracy,
  argmaxRows,
  checkLabelled,
  type LinearClassifier,
  type LinearEngine,
  linearScores,
  logisticProblem,
  solveLogistic,
} from '@m3ae/evaluation';
import { type EvaluationParts, featuresOf } from './classify.js';
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
