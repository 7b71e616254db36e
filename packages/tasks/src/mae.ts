import { invalidField } from '@m3ae/errors';
import { checkOptions, optionalRecord, record } from '@m3ae/errors/rules';
import { applyMae, decayed, initMae, type M3aeConfig, type MaeParams, maeShapes } from '@m3ae/transformer';
import type { NdArray } from '@m3ae/tree';
import type { Task } from '@m3ae/training';
import { mul, type Scalar, type Tensor } from '@tensorflow/tfjs-core';
import type { ImageBatch, ImageTensors, Noise } from './batch.js';
import { type HidingOptions, hidingRules, modalityRules, type Recompute, resolvedModel } from './draws.js';
import { codesOf, drawImagePlan, forwardNoise } from './hide.js';
import { lossRule, type LossWeights } from './loss-weights.js';
import { imageScores } from './part-losses.js';

/** What {@link mae} needs to know. */
export interface MaeTaskOptions {
  /** From `resolveM3aeConfig` of the transformer package. */
  readonly model: M3aeConfig;
  /** How patches are hidden. */
  readonly image?: HidingOptions;
  /** Of these only those of pictures count. */
  readonly loss?: Partial<LossWeights>;
  /** `sample` (default): each example has a mask of its own. `batch`: all share one, as in the reference. */
  readonly maskScope?: 'sample' | 'batch';
  /** Which parameters decay: the reference's rule (default), `exempt1d`, or the original MAE's. */
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
