import { faultOf, throwFaults } from '@m3ae/errors';
import { columnsFault, featureFaults } from '../check.js';
import { type Matrix, type MatrixProduct, rowOf, rowsFrom, solveLower } from '../matrix.js';
import { nearestNeighbors } from '../probe/neighbors.js';
import type { Gaussians, WhitenedGaussian } from './gaussians.js';

/** Squared Mahalanobis distance of each row to the nearest mean: [rows]. */
function nearestMean({ factor, means }: WhitenedGaussian, features: Matrix): Float64Array {
  const { rows, columns } = features;
  const place = new Float64Array(columns);
  return Float64Array.from({ length: rows }, (_, row) => {
    place.set(rowOf(features, row));
    solveLower(factor, columns, place);
    let nearest = Infinity;
    for (const mean of means) {
      let distance = 0;
      for (let at = 0; at < columns; at++) distance += (place[at]! - mean[at]!) ** 2;
      if (distance < nearest) nearest = distance;
    }
    return nearest;
  });
}

function checkColumns(gaussians: Gaussians, features: Matrix): void {
  throwFaults([
    ...featureFaults('features', features),
    columnsFault('features', features, 'those the Gaussians were fitted to', gaussians),
  ]);
}

/**
 * Squared Mahalanobis distance to the nearest class: `min_c (z - mean_c)ᵀ covariance⁻¹ (z - mean_c)`.
 *
 * @param gaussians - From {@link fitGaussians}, of the training split.
 * @param features - [rows, columns]
 * @returns Higher means more outlying: [rows].
 * @throws InvalidInput if `features` is empty, not finite, or has other columns.
 *
 * @see Lee et al., A Simple Unified Framework for Detecting Out-of-Distribution Samples and Adversarial Attacks,
 * https://arxiv.org/abs/1807.03888
 */
export function mahalanobis(gaussians: Gaussians, features: Matrix): Float64Array {
  checkColumns(gaussians, features);
  return nearestMean(gaussians.classes, features);
}

/**
 * {@link mahalanobis} less the distance to the Gaussian that is blind to classes.
 *
 * What is far from everything, such as an unusual brightness, no longer counts; only what is far from the classes does.
 *
 * @returns Higher means more outlying; may be negative: [rows].
 * @throws InvalidInput under the conditions of {@link mahalanobis}.
 *
 * @see Ren et al., A Simple Fix to Mahalanobis Distance for Improving Near-OOD Detection, https://arxiv.org/abs/2106.09022
 */
export function relativeMahalanobis(gaussians: Gaussians, features: Matrix): Float64Array {
  checkColumns(gaussians, features);
  const overall = nearestMean(gaussians.overall, features);
  return nearestMean(gaussians.classes, features).map((distance, row) => distance - overall[row]!);
}

/** Queries compared at once, so that their similarities to a large training split fit in memory. */
const blockRows = 1024;

/** `1 - cosine` in double precision, as half the squared distance of unit rows: close ones do not round to 0. */
function cosineDistance(a: Float32Array, b: Float32Array): number {
  const lengthOf = (row: Float32Array) => Math.sqrt(row.reduce((sum, value) => sum + value * value, 0));
  const [lengthA, lengthB] = [lengthOf(a), lengthOf(b)];
  if (lengthA === 0 || lengthB === 0) return 1; // a row of zeros is like nothing
  let total = 0;
  for (let at = 0; at < a.length; at++) total += (a[at]! / lengthA - b[at]! / lengthB) ** 2;
  return total / 2;
}

/**
 * Cosine distance of each query to its `k`-th nearest training row.
 *
 * On rows of length 1 it is half the squared Euclidean distance, so it ranks as that of the paper does.
 *
 * @param train - [rows, columns]
 * @param queries - [queries, columns]
 * @param k - Which neighbor counts, from 1 to the rows of `train`. The paper has 50 for CIFAR-10, 200 for CIFAR-100.
 * @returns `1 - cosine`, in [0, 2]; higher means more outlying: [queries].
 * @throws InvalidInput if features are empty, not finite or of different columns, or `k` is out of range.
 *
 * @see Sun et al., Out-of-Distribution Detection with Deep Nearest Neighbors, https://arxiv.org/abs/2204.06507
 */
export async function neighborDistance(
  train: Matrix,
  queries: Matrix,
  k: number,
  product: MatrixProduct,
): Promise<Float64Array> {
  throwFaults([
    ...featureFaults('train', train),
    ...featureFaults('queries', queries),
    columnsFault('queries', queries, 'train', train),
    !(Number.isInteger(k) && k >= 1 && k <= train.rows) &&
      faultOf('k', `a whole number from 1 to the ${train.rows} rows of train`, k, 'Usual is 50.'),
  ]);
  const distances = new Float64Array(queries.rows);
  for (let start = 0; start < queries.rows; start += blockRows) {
    const block = rowsFrom(queries, start, blockRows);
    const { indices } = await nearestNeighbors(train, block, k, product);
    for (let row = 0; row < block.rows; row++) {
      const nearest = rowOf(train, indices[row * k + k - 1]!);
      distances[start + row] = cosineDistance(rowOf(block, row), nearest);
    }
  }
  return distances;
}
