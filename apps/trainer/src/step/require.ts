import type { MaskPlan, TrimmedMaskPlan } from '@m3ae/masking';
import type { Tensor, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import type { StepBatch } from './types.js';

/** The picture half of a batch. */
export interface PictureInputs {
  /** [batch, patches, patchDim] */
  readonly patches: Tensor3D;
  readonly imagePlan: MaskPlan<Tensor2D>;
}

/** The text half of a batch. */
export interface TextInputs {
  /** int32 [batch, textLength] */
  readonly tokenIds: Tensor2D;
  /** [batch, textLength]; 1 = padding */
  readonly paddingMask: Tensor2D;
  readonly textPlan: TrimmedMaskPlan<Tensor2D>;
}

/** @throws RangeError if the batch lacks a leaf of the picture half. */
export function requirePictures(batch: StepBatch<Tensor>): PictureInputs {
  requireLeaves(batch, ['patches', 'imagePlan']);
  return { patches: batch.patches as Tensor3D, imagePlan: batch.imagePlan as MaskPlan<Tensor2D> };
}

/** @throws RangeError if the batch lacks a leaf of the text half. */
export function requireText(batch: Partial<StepBatch<Tensor>>): TextInputs {
  requireLeaves(batch, ['tokenIds', 'paddingMask', 'textPlan']);
  return {
    tokenIds: batch.tokenIds as Tensor2D,
    paddingMask: batch.paddingMask as Tensor2D,
    textPlan: batch.textPlan as TrimmedMaskPlan<Tensor2D>,
  };
}

/** @throws RangeError naming the leaves that the batch lacks. */
export function requireLeaves(
  batch: Partial<StepBatch<Tensor>>,
  names: readonly (keyof StepBatch)[],
  remedy = 'Pass a plan of @m3ae/masking beside the patches and the token ids.',
): void {
  const missing = names.filter((name) => batch[name] === undefined);
  if (missing.length === 0) return;
  throw new RangeError(`batch must hold ${names.join(', ')}; ${missing.join(', ')} is missing. ${remedy}`);
}
