import { ndArray, type NdArray, scalarArray } from '@m3ae/tree';
import type { Matrix } from '../matrix.js';
import { columnStatistics, type ColumnStatistics, standardize } from '../standardize.js';
import type { LinearEngine } from './linear-engine.js';
import { minimize, type MinimizeOptions, type Slope } from './minimize.js';
import { preconditioner } from './preconditioner.js';

/** Widest features with a preconditioner: beyond, inverting the covariance takes longer than it saves. */
const widest = 768;

/** A linear map from standardised features to class scores. */
export interface LinearClassifier {
  readonly statistics: ColumnStatistics;
  /** [features, classes] */
  readonly weights: NdArray;
  /** [classes] */
  readonly intercept: NdArray;
}

/** What all strengths share. */
export interface LogisticProblem {
  readonly engine: LinearEngine;
  readonly statistics: ColumnStatistics;
  /** Standardised: [examples, features]. */
  readonly features: NdArray;
  /** [examples, classes] */
  readonly targets: NdArray;
  /** Computes once the covariance of the standardised features: [features, features]. */
  covariance(): Promise<NdArray>;
}

/** When {@link solveLogistic} stops. */
export type SolveOptions = Pick<MinimizeOptions, 'tolerance' | 'maxIterations'>;

const asArray = ({ rows, columns, data }: Matrix): NdArray => ndArray(data, [rows, columns]);

/** Standardises the features and spreads the labels once for all strengths. */
export function logisticProblem(
  given: Matrix,
  labels: ArrayLike<number>,
  classes: number,
  engine: LinearEngine,
): LogisticProblem {
  const statistics = columnStatistics(given);
  const targets = new Float32Array(labels.length * classes);
  for (let row = 0; row < labels.length; row++) targets[row * classes + labels[row]!] = 1;
  const features = asArray(standardize(given, statistics));
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
async function slopeAt(
  { engine, features, targets }: LogisticProblem,
  strength: number,
  point: Float64Array,
): Promise<Slope> {
  const [size, classes] = [features.shape[1]!, targets.shape[1]!];
  const weights = ndArray(Float32Array.from(point.subarray(0, size * classes)), [size, classes]);
  const intercept = ndArray(Float32Array.from(point.subarray(size * classes)), [classes]);
  const slope = await engine.slope.run(weights, intercept, features, targets, scalarArray(strength));
  const gradient = new Float64Array(point.length);
  gradient.set(slope.weights.data);
  gradient.set(slope.intercept.data, size * classes);
  return { value: slope.loss.data[0]!, gradient };
}

/** scikit-learn's tolerance, and twice its steps. */
const converged: SolveOptions = { tolerance: 1e-4, maxIterations: 200 };

/** For features without a preconditioner: twice as many steps change accuracies by half a point at most. */
const rough: SolveOptions = { tolerance: 1e-3, maxIterations: 60 };

/**
 * Multinomial logistic regression on standardised features; the intercept is free. In scikit-learn's words,
 * `C = 1 / (strength * examples)`.
 *
 * Up to 768 features it converges as far as scikit-learn does by default, in 5 to 15 evaluations of the slope; wider
 * ones have no preconditioner and stop at ten times that slope.
 *
 * @param start - A classifier of a nearby strength to begin from.
 * @param options - Largest entry of the gradient to stop at, and most steps.
 */
export async function solveLogistic(
  problem: LogisticProblem,
  strength: number,
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
    size <= widest && (await preconditioner(await problem.covariance(), classes, strength, problem.engine));
  const point = await minimize((place) => slopeAt(problem, strength, place), begin, {
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
  const { shape, data } = await engine.scores.run(
    weights,
    intercept,
    asArray(standardize(features, statistics)),
  );
  return { rows: shape[0]!, columns: shape[1]!, data: data as Float32Array };
}
