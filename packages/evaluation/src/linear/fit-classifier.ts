import { checkLabelled, type LabelledFeatures } from '../check.js';
import { accuracy, type Accuracy, argmaxRows } from '../classification/accuracy.js';
import type { LinearEngine } from './linear-engine.js';
import { type LinearClassifier, linearScores, logisticProblem, solveLogistic } from './logistic.js';

/** A linear classifier whose strength was chosen on the validation part. */
export interface FittedClassifier {
  readonly classifier: LinearClassifier;
  readonly strength: number;
  readonly validation: Accuracy;
}

/**
 * Fits a linear classifier for each strength and keeps the one that does best on the validation part, the strongest of
 * equals.
 *
 * @throws InvalidInput if the features or labels cannot be used.
 */
export async function fitClassifier(
  train: LabelledFeatures,
  validation: LabelledFeatures,
  classes: number,
  strengths: readonly number[],
  engine: LinearEngine,
): Promise<FittedClassifier> {
  checkLabelled({ train, validation }, { classes });
  const problem = logisticProblem(train.features, train.labels, classes, engine);
  let best: FittedClassifier | undefined;
  for (const strength of [...strengths].sort((a, b) => b - a)) {
    const classifier = await solveLogistic(problem, strength, best?.classifier);
    const scores = await linearScores(classifier, validation.features, engine);
    const share = accuracy(argmaxRows(scores), validation.labels);
    if (best === undefined || share.value > best.validation.value)
      best = { classifier, strength, validation: share };
  }
  return best!;
}
