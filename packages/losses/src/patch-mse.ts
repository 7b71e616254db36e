import { requireAxes, requireShape } from '@m3ae/ops';
import {
  add,
  div,
  greater,
  mean,
  mul,
  onesLike,
  type Scalar,
  sqrt,
  square,
  sub,
  sum,
  type Tensor2D,
  type Tensor3D,
  tidy,
  where,
} from '@tensorflow/tfjs-core';
import { invalidField } from '@m3ae/errors';

/**
 * Mean squared error of predicted patches.
 *
 * For each example: the squared error averaged over patchDim, then over the patches that count; then the mean over
 * the batch. An example of which no patch counts adds 0 (the reference gives NaN there) and stays in the mean.
 *
 * @param prediction - [batch, patches, patchDim]
 * @param target - Patchified picture in the units of the prediction: [batch, patches, patchDim].
 * @param mask - 1 where a patch counts, that is where it was hidden: [batch, patches]. Without it all patches count:
 * the all-token variant, or a prediction of hidden patches alone.
 * @returns A scalar, [].
 * @throws RangeError if `target` or `mask` does not fit `prediction`.
 *
 * @example
 * ```ts
 * const loss = patchMse(output.image, patches, mask);
 * ```
 *
 * @see He et al., Masked Autoencoders Are Scalable Vision Learners, section 3, https://arxiv.org/abs/2111.06377
 */
export function patchMse(prediction: Tensor3D, target: Tensor3D, mask?: Tensor2D): Scalar {
  requireAxes('prediction', prediction, 'batch, patches, patchDim');
  const [batch, patches] = prediction.shape;
  requireShape(
    'target',
    target,
    prediction.shape,
    'batch, patches, patchDim',
    'Patchify the picture with the patchSize of the model.',
  );
  if (mask !== undefined) {
    const remedy = 'A mask shared by the batch must be broadcast first.';
    requireShape('mask', mask, [batch, patches], 'batch, patches', remedy);
  }
  return tidy(() => {
    const squared = square(sub(prediction, target)); // [batch, patches, patchDim]
    if (!mask) return mean(squared); // every patch weighs the same
    const perPatch = mean(squared, -1); // [batch, patches]
    const counted = sum(mask, -1); // [batch]
    const divisor = where(greater(counted, 0), counted, onesLike(counted)); // [batch]
    return mean(div(sum(mul(perPatch, mask), -1), divisor)); // []
  });
}

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
    return div(centered, sqrt(add(variance, 1e-6)));
  });
}
