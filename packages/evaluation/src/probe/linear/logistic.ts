import { invalidField } from '@m3ae/errors';
import { checkLabeled, type LabeledFeatures } from '../../check.js';
import { type Accuracy, accuracy, argmaxRows } from '../../classification/accuracy.js';
import { type NdArray, ndArray, scalarArray } from '@m3ae/tree';
import {
  arrayOf,
  type ColumnStatistics,
  columnStatistics,
  invertPositive,
  type Matrix,
  matrixOf,
  standardize,
} from '../../matrix.js';
import type { LinearEngine } from './linear-engine.js';
import { minimize, type MinimizeOptions, type ValueAndGradient } from './minimize.js';

/** Widest features with a preconditioner: beyond, inverting the covariance takes longer than it saves. */
const widest = 768;

/** A linear map from standardized features to class scores. */
export interface LinearClassifier {
  readonly statistics: ColumnStatistics;
  /** [features, classes] */
  readonly weights: NdArray;
  /** [classes] */
  readonly intercept: NdArray;
}

/** What all penalties share. */
export interface LogisticProblem {
  readonly engine: LinearEngine;
  readonly statistics: ColumnStatistics;
  /** Standardized: [examples, features]. */
  readonly features: NdArray;
  /** [examples, classes] */
  readonly targets: NdArray;
  /** Computes once the covariance of the standardized features: [features, features]. */
  covariance(): Promise<NdArray>;
}

/** When {@link solveLogistic} stops. */
export type SolveOptions = Pick<MinimizeOptions, 'tolerance' | 'maxIterations'>;

/** Standardizes the features and spreads the labels once for all penalties. */
export function logisticProblem(
  given: Matrix,
  labels: ArrayLike<number>,
  classes: number,
  engine: LinearEngine,
): LogisticProblem {
  const statistics = columnStatistics(given);
  const targets = new Float32Array(labels.length * classes);
  for (let row = 0; row < labels.length; row++) targets[row * classes + labels[row]!] = 1;
  const features = arrayOf(standardize(given, statistics));
  let covariance: Promise<NdArray> | undefined;
  return {
    engine,
    statistics,
    features,
    covariance: () => (covariance ??= engine.covariance.run(features)),
    targets: ndArray(targets, [labels.length, classes]),
  };
}

/** Loss and gradient at a point that holds the weights and then the intercept. */
async function gradientAt(
  { engine, features, targets }: LogisticProblem,
  l2: number,
  point: Float64Array,
): Promise<ValueAndGradient> {
  const [size, classes] = [features.shape[1]!, targets.shape[1]!];
  const weights = ndArray(Float32Array.from(point.subarray(0, size * classes)), [size, classes]);
  const intercept = ndArray(Float32Array.from(point.subarray(size * classes)), [classes]);
  const found = await engine.gradient.run(weights, intercept, features, targets, scalarArray(l2));
  const gradient = new Float64Array(point.length);
  gradient.set(found.weights.data);
  gradient.set(found.intercept.data, size * classes);
  return { value: found.loss.data[0]!, gradient };
}

/**
 * About the inverse Hessian, up to a factor: features are correlated alike for every class, and a class is bent by its
 * share of the examples, of which `1 / classes` is the usual one. Cuts the steps to a tenth on correlated features.
 *
 * @param covariance - Of the standardized features: [features, features].
 * @see Böhning (1992), Multinomial logistic regression algorithm, for the Kronecker form of the bound.
 */
async function preconditioner(
  covariance: NdArray,
  classes: number,
  l2: number,
  engine: LinearEngine,
): Promise<NonNullable<MinimizeOptions['precondition']>> {
  const size = covariance.shape[0]!;
  const share = 1 / classes;
  const hessian = Float64Array.from(covariance.data, (value) => share * value);
  // A hair above the penalty, so that single precision leaves even a weak one positive.
  for (let at = 0; at < size; at++) hessian[at * size + at]! += l2 + 1e-5 * share;
  const inverse = ndArray(Float32Array.from(invertPositive(hessian, size)), [size, size]);
  return async (vector) => {
    const weights = ndArray(Float32Array.from(vector.subarray(0, size * classes)), [size, classes]);
    const { data } = await engine.product.run(inverse, weights);
    const result = vector.map((value) => value / share); // the intercept's
    result.set(data);
    return result;
  };
}

/** scikit-learn's tolerance, and twice its steps. */
const converged: SolveOptions = { tolerance: 1e-4, maxIterations: 200 };

/** For features without a preconditioner: twice as many steps change accuracies by half a point at most. */
const rough: SolveOptions = { tolerance: 1e-3, maxIterations: 60 };

/**
 * Multinomial logistic regression on standardized features; the intercept is free. In scikit-learn's words,
 * `C = 1 / (l2 * examples)`.
 *
 * Up to 768 features it converges as far as scikit-learn does by default, in 5 to 15 evaluations of the gradient; wider
 * ones have no preconditioner and stop at ten times that gradient.
 *
 * @param start - A classifier of a nearby penalty to begin from.
 * @param options - Largest entry of the gradient to stop at, and most steps.
 */
export async function solveLogistic(
  problem: LogisticProblem,
  l2: number,
  start?: LinearClassifier,
  options: SolveOptions = problem.features.shape[1]! <= widest ? converged : rough,
): Promise<LinearClassifier> {
  const [size, classes] = [problem.features.shape[1]!, problem.targets.shape[1]!];
  const begin = new Float64Array((size + 1) * classes);
  if (start) {
    begin.set(start.weights.data);
    begin.set(start.intercept.data, size * classes);
  }
  const precondition =
    size <= widest && (await preconditioner(await problem.covariance(), classes, l2, problem.engine));
  const point = await minimize((place) => gradientAt(problem, l2, place), begin, {
    ...options,
    ...(precondition && { precondition }),
  });
  return {
    statistics: problem.statistics,
    weights: ndArray(Float32Array.from(point.subarray(0, size * classes)), [size, classes]),
    intercept: ndArray(Float32Array.from(point.subarray(size * classes)), [classes]),
  };
}

/** Scores of a classifier: [examples, classes]. */
export async function linearScores(
  { statistics, weights, intercept }: LinearClassifier,
  features: Matrix,
  engine: LinearEngine,
): Promise<Matrix> {
  return matrixOf(await engine.scores.run(weights, intercept, arrayOf(standardize(features, statistics))));
}

/** A linear classifier whose penalty was chosen on the validation split. */
interface FittedClassifier {
  readonly classifier: LinearClassifier;
  readonly l2: number;
  readonly validation: Accuracy;
}

/**
 * Fits a linear classifier for each penalty and keeps the one that does best on the validation split, the strongest of
 * equals.
 *
 * @throws InvalidInput if the features or labels cannot be used, or there is no penalty.
 */
export async function fitClassifier(
  train: LabeledFeatures,
  validation: LabeledFeatures,
  classes: number,
  penalties: readonly number[],
  engine: LinearEngine,
): Promise<FittedClassifier> {
  checkLabeled({ train, validation }, { classes });
  if (penalties.length === 0) throw invalidField('l2', 'a list of values', 'none', 'Name one, e.g. [0.01].');
  const problem = logisticProblem(train.features, train.labels, classes, engine);
  let best: FittedClassifier | undefined;
  for (const l2 of [...penalties].sort((a, b) => b - a)) {
    const classifier = await solveLogistic(problem, l2, best?.classifier);
    const scores = await linearScores(classifier, validation.features, engine);
    const share = accuracy(argmaxRows(scores), validation.labels);
    if (best === undefined || share.value > best.validation.value)
      best = { classifier, l2, validation: share };
  }
  return best!;
}
