import { choleskyInPlace, solveCholesky } from './cholesky.js';
import type { Matrix, MatrixProduct } from './matrix.js';
import { columnStatistics, standardize, type ColumnStatistics } from './standardize.js';

/** A linear map from features to class scores. */
export interface RidgeClassifier {
  readonly statistics: ColumnStatistics;
  /** [features, classes] */
  readonly weights: Matrix;
  /** [classes] */
  readonly intercept: Float64Array;
}

/** What {@link ridgeProblem} shares among the strengths: the products of features and of targets. */
interface RidgeProblem {
  readonly statistics: ColumnStatistics;
  readonly gram: Matrix;
  readonly right: Matrix;
  readonly intercept: Float64Array;
  readonly examples: number;
}

/** Targets: 1 for the class, -1 for the others, centred by class. */
function centredTargets(
  labels: ArrayLike<number>,
  classes: number,
): { targets: Matrix; means: Float64Array } {
  const means = new Float64Array(classes).fill(-1);
  for (let row = 0; row < labels.length; row++) means[labels[row]!]! += 2 / labels.length;
  const data = new Float32Array(labels.length * classes);
  for (let row = 0; row < labels.length; row++) {
    for (let column = 0; column < classes; column++) {
      data[row * classes + column] = (labels[row] === column ? 1 : -1) - means[column]!;
    }
  }
  return { targets: { rows: labels.length, columns: classes, data }, means };
}

/** Standardises the features and forms the normal equations once for all strengths. */
export async function ridgeProblem(
  features: Matrix,
  labels: ArrayLike<number>,
  classes: number,
  product: MatrixProduct,
): Promise<RidgeProblem> {
  const statistics = columnStatistics(features);
  const x = standardize(features, statistics); // [examples, features]
  const { targets, means } = centredTargets(labels, classes);
  return {
    statistics,
    gram: await product(x, x, { transposeA: true }), // [features, features]
    right: await product(x, targets, { transposeA: true }), // [features, classes]
    intercept: means,
    examples: features.rows,
  };
}

/**
 * Ridge classifier: least squares on targets of ±1, with standardised features and a free intercept.
 *
 * @param strength - Penalty per example: the squared weights count `strength * examples` times (scikit-learn's `alpha`).
 */
export function solveRidge(problem: RidgeProblem, strength: number): RidgeClassifier {
  const size = problem.gram.rows;
  const classes = problem.right.columns;
  const matrix = Float64Array.from(problem.gram.data);
  for (let i = 0; i < size; i++) matrix[i * size + i]! += strength * problem.examples;
  const solution = Float64Array.from(problem.right.data);
  choleskyInPlace(matrix, size);
  solveCholesky(matrix, size, solution, classes);
  return {
    statistics: problem.statistics,
    weights: { rows: size, columns: classes, data: Float32Array.from(solution) },
    intercept: problem.intercept,
  };
}

/** Scores of a classifier: [examples, classes]. */
export async function ridgeScores(
  { statistics, weights, intercept }: RidgeClassifier,
  features: Matrix,
  product: MatrixProduct,
): Promise<Matrix> {
  const scores = await product(standardize(features, statistics), weights);
  const { columns } = scores;
  return { ...scores, data: scores.data.map((score, at) => score + intercept[at % columns]!) };
}
