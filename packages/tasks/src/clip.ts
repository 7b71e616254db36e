import { invalidField, requireRecord } from '@m3ae/errors';
import { checkOptions, record } from '@m3ae/errors/rules';
import { clipContrastive, logitScaleRange } from '@m3ae/losses';
import {
  applyClip,
  type ClipConfig,
  type ClipParams,
  clipShapes,
  decayed,
  drawClipNoise,
  initClip,
  requireClipConfig,
} from '@m3ae/transformer';
import type { NdArray } from '@m3ae/tree';
import type { Task } from '@m3ae/training';
import {
  clipByValue,
  max,
  mean,
  type Scalar,
  sub,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor3D,
} from '@tensorflow/tfjs-core';
import { type Noise, noiseOf } from './batch.js';
import { requireKnownPieces } from './hide.js';
import type { MaeTaskOptions } from './mae.js';
import { taskRules } from './options.js';

/** Pictures with captions, nothing hidden. */
export type ClipBatch = Noise<NdArray> & {
  /** float32 [batch, patches, patchDim] */
  readonly patches: NdArray;
  /** Word pieces, int32 [batch, textLength]. */
  readonly tokenIds: NdArray;
  /** float32 [batch, textLength]; 1 = padding. */
  readonly paddingMask: NdArray;
};

/** {@link ClipBatch} within the computation. */
export type ClipTensors = Noise<Tensor> & {
  readonly patches: Tensor3D;
  readonly tokenIds: Tensor2D;
  readonly paddingMask: Tensor2D;
};

/** What {@link clip} needs to know. By default parameters decay by CLIP's rule. */
export interface ClipTaskOptions extends Pick<MaeTaskOptions, 'decay' | 'recompute'> {
  /** From `resolveClipConfig` of the transformer package. */
  readonly model: ClipConfig;
}

/**
 * Pictures against their captions. A picture without a caption is left out: it is neither asked for nor offered.
 *
 * Metrics: `loss`, `imageToTextAccuracy`, `textToImageAccuracy`, `logitScale` (the factor), `pairedRatio` (share of
 * pictures with a caption).
 *
 * @throws RangeError naming every bad or unknown option.
 *
 * @see Radford et al., Learning Transferable Visual Models From Natural Language Supervision,
 * https://arxiv.org/abs/2103.00020
 */
export function clip(options: ClipTaskOptions): Task<ClipBatch, ClipTensors> {
  requireRecord('options', options, 'model, decay, recompute', 'Write { model } at least.');
  const { model: given, ...rest } = options;
  const { decay, recompute } = checkOptions(record(taskRules), rest);
  const model = requireClipConfig(given);
  const contrast: NonNullable<Task<ClipBatch, ClipTensors>['contrast']> = {
    features(params, batch) {
      const forward = { recompute: recompute === 'blocks' };
      const { image, text } = applyClip(params as ClipParams<Tensor>, model, batch, forward).output;
      return { image, text, paired: max(sub(1, batch.paddingMask), -1) }; // paired: 1 where a caption has a real token, [batch]
    },
    loss(params, { image, text, paired }) {
      const scale = (params as ClipParams<Tensor>).logitScale as Scalar;
      const scores = clipContrastive(image as Tensor2D, text as Tensor2D, scale, paired as Tensor1D);
      return { value: scores.loss, metrics: { ...scores, pairedRatio: mean(paired!) } };
    },
  };
  return {
    name: 'clip',
    shapes: () => clipShapes(model),
    init: (key) => initClip(key, model),
    collate({ pictures }, draw) {
      const { patches, tokenIds, paddingMask } = pictures ?? {};
      if (!patches || !tokenIds || !paddingMask) {
        throw invalidField('examples', 'pictures with captions', 'none', 'Contrast needs both.');
      }
      requireKnownPieces(tokenIds, model.vocabSize);
      const [batch, imageTokens] = patches.shape as [number, number, number];
      const sizes = { batch, firstExample: draw.firstExample, imageTokens, textTokens: tokenIds.shape[1]! };
      const noise = noiseOf(0, model, draw, (key) => drawClipNoise(key, model, sizes));
      return { patches, tokenIds, paddingMask, ...noise };
    },
    contrast,
    loss: (params, batch) => contrast.loss(params, contrast.features(params, batch)),
    /** Puts the logit scale back into its range, as CLIP does after each update. */
    project(params) {
      const updated = params as ClipParams<Tensor>;
      return { ...updated, logitScale: clipByValue(updated.logitScale, ...logitScaleRange) };
    },
    decays: (path) => decayed(path, decay === 'reference' ? 'clip' : decay),
  };
}
