import { ndArray, type NdArray, scalarArray } from '@m3ae/tree';
import {
  add,
  div,
  exp,
  log,
  matMul,
  max,
  mean,
  mul,
  type Scalar,
  square,
  sub,
  sum,
  type Tensor1D,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import type { Program, Runner } from '../runner.js';
import type { Matrix } from '../matrix.js';
import { minimize, type Slope } from './minimize.js';
import { columnStatistics, type ColumnStatistics, standardize } from '../standardize.js';

/** A linear map from standardised features to class scores. */
export interface LinearClassifier {
  readonly statistics: ColumnStatistics;
  /** [features, classes] */
  readonly weights: NdArray;
  /** [classes] */
  readonly intercept: NdArray;
}

/** Loss and its gradient. */
export type LogisticSlope<Leaf> = { readonly loss: Leaf; readonly weights: Leaf; readonly intercept: Leaf };

/** The two functions of a linear classifier, made ready by an engine. */
export interface LinearEngine {
  readonly slope: Program<LogisticSlope<NdArray>>;
  readonly scores: Program<NdArray>;
  dispose(): Promise<void>;
}

/**
 * Mean cross-entropy plus `strength / 2` times the squared weights, with its gradient.
 *
 * @param weights - [features, classes]
 * @param intercept - [classes]
 * @param features - [examples, features]
 * @param targets - 1 for the class of an example, 0 elsewhere: [examples, classes].
 */
function logisticSlope(
  weights: Tensor2D,
  intercept: Tensor1D,
  features: Tensor2D,
  targets: Tensor2D,
  strength: Scalar,
): LogisticSlope<Scalar | Tensor1D | Tensor2D> {
  const scores = add(matMul(features, weights), intercept); // [examples, classes]
  const shifted = sub(scores, max(scores, 1, true));
  const powers = exp(shifted);
  const totals = sum(powers, 1, true); // [examples, 1]
  const perExample = sub(log(totals), sum(mul(targets, shifted), 1, true));
  const penalty = mul(sum(square(weights)), mul(strength, 0.5));
  const miss = div(sub(div(powers, totals), targets), features.shape[0]); // [examples, classes]
  return {
    loss: add(mean(perExample), penalty) as Scalar,
    weights: add(matMul(features, miss, true), mul(weights, strength)) as Tensor2D,
    intercept: sum(miss, 0) as Tensor1D,
  };
}

/** Prepares a runner for linear classifiers; each set of shapes is recorded once. */
export function linearEngine(runner: Runner): LinearEngine {
  const slope = runner<LogisticSlope<NdArray>>('logistic slope', logisticSlope);
  const scores = runner<NdArray>(
    'linear scores',
    (weights: Tensor2D, intercept: Tensor1D, features: Tensor2D) => add(matMul(features, weights), intercept),
  );
  return {
    slope,
    scores,
    dispose: async () => void (await Promise.all([slope.dispose(), scores.dispose()])),
  };
}

/** What all strengths share. */
export interface LogisticProblem {
  readonly engine: LinearEngine;
  readonly statistics: ColumnStatistics;
  /** Standardised: [examples, features]. */
  readonly features: NdArray;
  /** [examples, classes] */
  readonly targets: NdArray;
}

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
  return {
    engine,
    statistics,
    features: asArray(standardize(given, statistics)),
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

/**
 * Multinomial logistic regression on standardised features; the intercept is free. In scikit-learn's words,
 * `C = 1 / (strength * examples)`.
 *
 * @param start - A classifier of a nearby strength to begin from.
 */
export async function solveLogistic(
  problem: LogisticProblem,
  strength: number,
  start?: LinearClassifier,
  options = { tolerance: 1e-3, maxIterations: 60 }, // twice as many change accuracies by half a point at most
): Promise<LinearClassifier> {
  const [size, classes] = [problem.features.shape[1]!, problem.targets.shape[1]!];
  const begin = new Float64Array((size + 1) * classes);
  if (start) {
    begin.set(start.weights.data);
    begin.set(start.intercept.data, size * classes);
  }
  const point = await minimize((place) => slopeAt(problem, strength, place), begin, options);
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
