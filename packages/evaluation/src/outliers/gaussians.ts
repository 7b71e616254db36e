import { featureFaults, labelFaults } from '../check.js';
import { faultOf, invalidField, throwFaults } from '../errors.js';
import type { Matrix } from '../matrix.js';
import { cholesky, solveLower } from './cholesky.js';

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

/** Mean of the rows of each class: [columns], or nothing for a class without rows. */
function classMeans({ rows, columns, data }: Matrix, labels: ArrayLike<number>, classes: number) {
  const counts = new Float64Array(classes);
  const sums = Array.from({ length: classes }, () => new Float64Array(columns));
  for (let row = 0; row < rows; row++) {
    const sum = sums[labels[row]!]!;
    counts[labels[row]!]!++;
    for (let column = 0; column < columns; column++) sum[column]! += data[row * columns + column]!;
  }
  return sums.map((sum, label) =>
    counts[label]! > 0 ? sum.map((value) => value / counts[label]!) : undefined,
  );
}

/** Lower triangle of `1/rows sum (row - mean)(row - mean)ᵀ`: [columns, columns]. */
function covarianceAround(
  { rows, columns, data }: Matrix,
  meanOf: (row: number) => Float64Array,
): Float64Array {
  const covariance = new Float64Array(columns * columns);
  const centred = new Float64Array(columns);
  for (let row = 0; row < rows; row++) {
    const mean = meanOf(row);
    for (let at = 0; at < columns; at++) centred[at] = data[row * columns + at]! - mean[at]!;
    for (let i = 0; i < columns; i++) {
      const value = centred[i]!;
      const start = i * columns;
      for (let j = 0; j <= i; j++) covariance[start + j]! += value * centred[j]!;
    }
  }
  return covariance.map((sum) => sum / rows);
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
        : 'All its rows are the same; look for a collapsed model.';
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
 * @param features - Of the training part: [rows, columns].
 * @param labels - The class of each row, from 0: [rows].
 * @param classes - How many classes there are.
 * @throws RangeError if features or labels cannot be used, or a covariance is singular and `ridge` does not mend it.
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
    ...(ridge === 'ifSingular' || (ridge >= 0 && Number.isFinite(ridge))
      ? []
      : [faultOf('ridge', 'ifSingular or a number of at least 0', ridge, 'Leave it out.')]),
  ]);
  const means = classMeans(features, labels, classes);
  const [centre] = classMeans(features, new Int32Array(rows), 1) as [Float64Array];
  const shared = covarianceAround(features, (row) => means[labels[row]!]!);
  const all = covarianceAround(features, () => centre);
  const present = means.filter((mean) => mean !== undefined);
  return {
    columns,
    classes: whiten(shared, present, 'covariance of features within classes', ridge),
    overall: whiten(all, [centre], 'covariance of features', ridge),
  };
}
