import { faultOf, invalidField, isInInterval, throwFaults } from '@m3ae/errors';
import { featureFaults, labelFaults } from '../check.js';
import { cholesky, type Matrix, solveLower } from '../matrix.js';

/** A covariance ready to measure with, and means in the space where it is the unit matrix. */
export interface WhitenedGaussian {
  /** Lower Cholesky factor of the covariance: [columns, columns]. */
  readonly factor: Float64Array;
  /** `factor⁻¹ mean` of each mean. */
  readonly means: readonly Float64Array[];
  /** What was added to the diagonal of the covariance; 0 if it was regular. */
  readonly ridge: number;
}

/** Gaussians of classes with one shared covariance, and one Gaussian of all rows. */
export interface Gaussians {
  readonly columns: number;
  /** One mean for each class that has a row. */
  readonly classes: WhitenedGaussian;
  /** One mean, blind to classes. */
  readonly overall: WhitenedGaussian;
}

/** Options of {@link fitGaussians}. */
export interface GaussianOptions {
  /**
   * What is added to the diagonal of a covariance, as a share of its mean variance `trace / columns`.
   * Default `ifSingular`: 1e-6, and only if the covariance is singular. 0 makes a singular covariance an error.
   */
  readonly ridge?: number | 'ifSingular';
}

/**
 * Adds the lower triangle of the outer product of each of some vectors with itself to `sum`: [size, size].
 *
 * Four at once: a large sum is then read and written once for four vectors, a third of the time at 768 columns.
 *
 * @param write - Writes all numbers of one vector.
 */
function addOuterProducts(
  sum: Float64Array,
  size: number,
  vectors: number,
  write: (vector: number, into: Float64Array) => void,
): void {
  const zeros = () => new Float64Array(size);
  const block = [zeros(), zeros(), zeros(), zeros()] as const;
  const [a, b, c, d] = block;
  for (let first = 0; first < vectors; first += 4) {
    block.forEach((into, at) => (first + at < vectors ? write(first + at, into) : into.fill(0)));
    for (let i = 0; i < size; i++) {
      const start = i * size;
      const [valueA, valueB, valueC, valueD] = [a[i]!, b[i]!, c[i]!, d[i]!];
      for (let j = 0; j <= i; j++) {
        sum[start + j]! += valueA * a[j]! + valueB * b[j]! + valueC * c[j]! + valueD * d[j]!;
      }
    }
  }
}

/** Rows of each class and their mean: [columns]. */
function classMeans({ rows, columns, data }: Matrix, labels: ArrayLike<number>, classes: number) {
  const counts = new Float64Array(classes);
  const sums = Array.from({ length: classes }, () => new Float64Array(columns));
  for (let row = 0; row < rows; row++) {
    const sum = sums[labels[row]!]!;
    counts[labels[row]!]!++;
    for (let column = 0; column < columns; column++) sum[column]! += data[row * columns + column]!;
  }
  return sums.map((sum, label) => ({
    count: counts[label]!,
    mean: sum.map((value) => value / counts[label]!),
  }));
}

/** Lower triangle of `1/rows sum (row - mean)(row - mean)ᵀ` around the mean of each row's class: [columns, columns]. */
function covarianceWithin(
  { rows, columns, data }: Matrix,
  meanOf: (row: number) => Float64Array,
): Float64Array {
  const sum = new Float64Array(columns * columns);
  addOuterProducts(sum, columns, rows, (row, into) => {
    const mean = meanOf(row);
    for (let column = 0; column < columns; column++) {
      into[column] = data[row * columns + column]! - mean[column]!;
    }
  });
  return sum.map((value) => value / rows);
}

/** The covariance of all rows: that within classes and that of the means of classes together. */
function totalCovariance(
  within: Float64Array,
  classes: readonly { count: number; mean: Float64Array }[],
  center: Float64Array,
  rows: number,
): Float64Array {
  const total = Float64Array.from(within);
  addOuterProducts(total, center.length, classes.length, (at, into) => {
    const { count, mean } = classes[at]!;
    into.set(mean.map((value, column) => Math.sqrt(count / rows) * (value - center[column]!)));
  });
  return total;
}

/** The factor of a covariance, with a ridge where one is wanted or needed. */
function whiten(
  covariance: Float64Array,
  means: readonly Float64Array[],
  field: string,
  ridge: number | 'ifSingular',
): WhitenedGaussian {
  const columns = means[0]!.length;
  let trace = 0;
  for (let at = 0; at < columns; at++) trace += covariance[at * columns + at]!;
  const factorWith = (share: number) => {
    const added = (share * trace) / columns;
    const raised = Float64Array.from(covariance);
    for (let at = 0; at < columns; at++) raised[at * columns + at]! += added;
    const factor = cholesky(raised, columns);
    return factor && { factor, ridge: added };
  };
  const found = ridge === 'ifSingular' ? (factorWith(0) ?? factorWith(1e-6)) : factorWith(ridge);
  if (found === undefined) {
    const remedy =
      trace > 0
        ? 'Leave ridge out, or set it to 1e-6.'
        : 'Its rows are the same: give classes more than one row each, and look for a collapsed model.';
    throw invalidField(field, 'regular', `a singular matrix, ridge ${ridge}`, remedy);
  }
  return { ...found, means: means.map((mean) => solveLower(found.factor, columns, Float64Array.from(mean))) };
}

/**
 * Fits a Gaussian to each class, all with one covariance, and one to all rows together.
 *
 * The shared covariance is `1/rows sum_c sum_(i in c) (z_i - mean_c)(z_i - mean_c)ᵀ`. All is in double precision and
 * costs `rows * columns²` multiplications; a class without rows is left out.
 *
 * @param features - Of the training split: [rows, columns].
 * @param labels - The class of each row, from 0: [rows].
 * @param classes - How many classes there are.
 * @throws InvalidInput if features or labels cannot be used, or a covariance is singular and `ridge` does not mend it.
 *
 * @example
 * ```ts
 * const gaussians = fitGaussians(train.features, train.labels, 100);
 * const scores = mahalanobis(gaussians, unseen.features);
 * ```
 *
 * @see Ren et al., A Simple Fix to Mahalanobis Distance for Improving Near-OOD Detection, https://arxiv.org/abs/2106.09022
 */
export function fitGaussians(
  features: Matrix,
  labels: ArrayLike<number>,
  classes: number,
  { ridge = 'ifSingular' }: GaussianOptions = {},
): Gaussians {
  const { rows, columns } = features;
  throwFaults([
    ...featureFaults('features', features),
    ...labelFaults('labels', labels, { rows, classes }),
    ridge !== 'ifSingular' &&
      !isInInterval(ridge, '[0, Infinity)') &&
      faultOf('ridge', 'ifSingular or a number of at least 0', ridge, 'Leave it out.'),
  ]);
  const means = classMeans(features, labels, classes);
  const present = means.filter(({ count }) => count > 0);
  const center = new Float64Array(columns);
  for (const { count, mean } of present) mean.forEach((value, at) => (center[at]! += (count / rows) * value));
  const within = covarianceWithin(features, (row) => means[labels[row]!]!.mean);
  const total = totalCovariance(within, present, center, rows);
  const ownMeans = present.map(({ mean }) => mean);
  return {
    columns,
    classes: whiten(within, ownMeans, 'covariance of features within classes', ridge),
    overall: whiten(total, [center], 'covariance of features', ridge),
  };
}
