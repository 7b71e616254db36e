import { requireAxes } from '@m3ae/ops';
import { add, div, mean, mul, sqrt, square, sub, type Tensor3D, tidy } from '@tensorflow/tfjs-core';
import { invalidField } from '@m3ae/errors';

/**
 * Gives each patch mean 0 and standard deviation 1, as the original MAE does for its targets.
 *
 * (x - mean) / sqrt(variance + 1e-6), with the unbiased variance: the sum of squares over patchDim - 1.
 *
 * @param patches - [batch, patches, patchDim], patchDim at least 2.
 * @returns The same shape.
 * @throws RangeError if patchDim is 1: one number has no unbiased variance.
 *
 * @see https://github.com/facebookresearch/mae, `norm_pix_loss`
 */
export function normalizeTargets(patches: Tensor3D): Tensor3D {
  requireAxes('patches', patches, 'batch, patches, patchDim');
  const patchDim = patches.shape[2];
  if (patchDim < 2)
    throw invalidField('patchDim', 'at least 2', patchDim, 'Use patches of more than one number.');
  return tidy(() => {
    const centered = sub(patches, mean(patches, -1, true)); // [batch, patches, patchDim]
    const variance = mul(mean(square(centered), -1, true), patchDim / (patchDim - 1)); // [batch, patches, 1]
    return div(centered, sqrt(add(variance, 1e-6))) as Tensor3D;
  });
}
