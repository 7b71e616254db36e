import { throwFaults } from '@m3ae/errors';
import { columnsFault, featureFaults } from '../check.js';
import type { Matrix } from '../matrix.js';
import { solveLower } from '../cholesky.js';
import type { Gaussians, WhitenedGaussian } from './gaussians.js';

/** Squared Mahalanobis distance of each row to the nearest mean: [rows]. */
function nearestMean({ factor, means }: WhitenedGaussian, { rows, columns, data }: Matrix): Float64Array {
  const place = new Float64Array(columns);
  return Float64Array.from({ length: rows }, (_, row) => {
    place.set(data.subarray(row * columns, (row + 1) * columns));
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
