import { clipContrastive, logitScaleRange } from '@m3ae/losses';
import { applyClip, type ClipConfig, type ClipParams } from '@m3ae/transformer';
import type { Tree } from '@m3ae/tree';
import {
  clipByValue,
  max,
  mean,
  sub,
  type Scalar,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor3D,
} from '@tensorflow/tfjs-core';
import type { LossFunction } from './loss-result.js';
import { requireLeaves } from './require.js';

/**
 * Pictures against their captions. A picture without a caption is left out: it is neither asked for nor offered.
 *
 * Metrics: `loss`, `imageToTextAccuracy`, `textToImageAccuracy`, `logitScale` (the factor), `pairedRatio` (share of
 * pictures with a caption).
 */
export function clipLoss(model: ClipConfig): LossFunction {
  return (params, batch) => {
    requireLeaves(batch, ['patches', 'tokenIds', 'paddingMask'], 'Contrast needs pictures with captions.');
    const { patches, tokenIds, paddingMask } = batch;
    const { output } = applyClip(params as ClipParams<Tensor>, model, {
      patches: patches as Tensor3D,
      tokenIds: tokenIds as Tensor2D,
      paddingMask: paddingMask as Tensor2D,
      noise: batch.noise,
    });
    const paired = max(sub(1, paddingMask!), -1) as Tensor1D; // 1 where a caption has a real token: [batch]
    const scores = clipContrastive(output.image, output.text, output.logitScale, paired);
    return { value: scores.loss, aux: { ...scores, pairedRatio: mean(paired) as Scalar } };
  };
}

/** Puts the logit scale back into its range, as CLIP does after each update. */
export function clampLogitScale(params: Tree<Tensor>): Tree<Tensor> {
  const clip = params as ClipParams<Tensor>;
  return { ...clip, logitScale: clipByValue(clip.logitScale, ...logitScaleRange) };
}
