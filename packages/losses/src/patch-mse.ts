import { requireAxes, requireShape } from '@m3ae/ops';
import {
  div,
  greater,
  mean,
  mul,
  onesLike,
  type Scalar,
  square,
  sub,
  sum,
  type Tensor2D,
  type Tensor3D,
  tidy,
  where,
} from '@tensorflow/tfjs-core';

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
    if (!mask) return mean(squared) as Scalar; // every patch weighs the same
    const perPatch = mean(squared, -1); // [batch, patches]
    const counted = sum(mask, -1); // [batch]
    const divisor = where(greater(counted, 0), counted, onesLike(counted)); // [batch]
    return mean(div(sum(mul(perPatch, mask), -1), divisor)) as Scalar; // []
  });
}
