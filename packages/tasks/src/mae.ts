import { invalidField } from '@m3ae/errors';
import { checkOptions, optionalRecord, record } from '@m3ae/errors/rules';
import { normalizeTargets, patchMse, tokenCrossEntropy } from '@m3ae/losses';
import { gatherTokens, gatherTokens2d } from '@m3ae/masking';
import type { Task } from '@m3ae/training';
import { applyMae, decayed, initMae, type M3aeConfig, type MaeParams, maeShapes } from '@m3ae/transformer';
import type { NdArray } from '@m3ae/tree';
import {
  add,
  mul,
  ones,
  type Scalar,
  scalar,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  zeros,
} from '@tensorflow/tfjs-core';
import type { ImageBatch, ImageTensors, Noise } from './batch.js';
import { codesOf, drawImagePlan, forwardNoise } from './hide.js';
import {
  type HidingOptions,
  hidingRules,
  lossRule,
  type LossWeights,
  modalityRules,
  type Recompute,
  resolvedModel,
} from './options.js';

/** What {@link mae} needs to know. */
export interface MaeTaskOptions {
  /** From `resolveM3aeConfig` of the transformer package. */
  readonly model: M3aeConfig;
  /** How patches are hidden. */
  readonly image?: HidingOptions;
  /** Weights of the parts; the reference's defaults, if left out. Without texts only those of pictures count. */
  readonly loss?: Partial<LossWeights>;
  /** `sample` (default): each example has a mask of its own. `batch`: all share one, as in the reference. */
  readonly maskScope?: 'sample' | 'batch';
  /** Which parameters decay: the rule of the method (default); `exempt1d`, which spares normalization scales; or the original MAE's. */
  readonly decay?: 'reference' | 'exempt1d' | 'facebook';
  /** `blocks`: blocks keep their input alone for the gradient and are computed again for it. Default `none`. */
  readonly recompute?: Recompute;
}

const optionsRule = record({
  ...hidingRules,
  model: resolvedModel,
  image: optionalRecord(record(modalityRules)),
  loss: lossRule,
});

/**
 * Hides most of pictures and rebuilds them: the image-only twin of {@link m3ae}.
 *
 * Metrics: `loss`, `imageLoss`, and `imageAccuracy` where the batch has codes and the model an `imageOutputDim`.
 *
 * @throws RangeError naming every bad or unknown option.
 *
 * @see He et al., Masked Autoencoders Are Scalable Vision Learners, https://arxiv.org/abs/2111.06377
 */
export function mae(
  options: MaeTaskOptions,
): Task<ImageBatch & Noise<NdArray>, ImageTensors & Noise<Tensor>> {
  const { model, image, loss, maskScope, decay, ...kept } = checkOptions(optionsRule, options);
  const recompute = kept.recompute === 'blocks';
  const predict = loss.imageAllTokens ? 'all' : 'hidden';
  return {
    name: 'mae',
    shapes: () => maeShapes(model),
    init: (key) => initMae(key, model),
    collate({ pictures }, draw) {
      const patches = pictures?.patches;
      if (!patches) throw invalidField('examples', 'pictures', 'none', 'A MAE learns from pictures alone.');
      const settings = { model, maskScope, trims: false, draw };
      const imageIds = codesOf(pictures, model);
      const batch = {
        patches,
        imagePlan: drawImagePlan(patches, image, settings),
        ...(imageIds && { imageIds }),
      };
      return { ...batch, ...forwardNoise(0, batch, settings) };
    },
    loss(params, batch) {
      const { output } = applyMae(params as MaeParams<Tensor>, model, batch, { predict, recompute });
      const scores = imageScores(output.image, batch, predict, loss);
      const value: Scalar = mul(scores.imageLoss, loss.imageWeight);
      return { value, metrics: { loss: value, ...scores } };
    },
    decays: (path) => decayed(path, decay === 'reference' ? 'mae' : decay),
  };
}

/**
 * The loss of a picture's part, by pixels or by codes; with codes, how many were guessed right.
 *
 * @param prediction - [batch, patches or hidden, patchDim or codes], absent where nothing is hidden: a loss of 0.
 */
export function imageScores(
  prediction: Tensor3D | undefined,
  { patches, imagePlan, imageIds }: ImageTensors,
  predict: 'all' | 'hidden',
  loss: LossWeights,
): { imageLoss: Scalar; imageAccuracy?: Scalar } {
  if (!prediction) return { imageLoss: scalar(0), ...(imageIds && { imageAccuracy: scalar(0) }) };
  const isHidden = predict === 'hidden';
  // Of hidden patches alone, all count.
  const counted =
    isHidden || loss.imageAllTokens ? undefined : rowPerExample(imagePlan.mask, patches.shape[0]);
  if (!imageIds) {
    const all = loss.normalizeTargets ? normalizeTargets(patches) : patches;
    const target = isHidden ? gatherTokens(all, 'hidden', imagePlan) : all;
    return { imageLoss: patchMse(prediction, target, counted) };
  }
  const ids = isHidden ? gatherTokens2d(imageIds, 'hidden', imagePlan) : imageIds; // each patch has a code
  const scored = tokenCrossEntropy(prediction, ids, counted ?? ones([ids.shape[0], ids.shape[1]]));
  return { imageLoss: scored.loss, imageAccuracy: scored.accuracy };
}

/** A mask shared by the batch, one row, becomes one row an example: [batch, length]. */
function rowPerExample(mask: Tensor2D, batch: number): Tensor2D {
  return mask.shape[0] === batch ? mask : add(mask, zeros([batch, mask.shape[1]]));
}
