import type { MaskPlan, TrimmedMaskPlan } from '@m3ae/masking';
import { foldIn, type RngKey } from '@m3ae/random';
import type { CollateDraw } from '@m3ae/training';
import type { M3aeConfig } from '@m3ae/transformer';
import type { NdArray, Tree } from '@m3ae/tree';
import type { Tensor, Tensor1D, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';

/** Pictures with what is hidden of them. */
export type ImageBatch = {
  /** float32 [batch, patches, patchDim] */
  readonly patches: NdArray;
  readonly imagePlan: MaskPlan;
  /** Codes of the patches, which are predicted instead of their pixels: int32 [batch, patches]. */
  readonly imageIds?: NdArray;
};

/** {@link ImageBatch} within the computation. */
export type ImageTensors = {
  readonly patches: Tensor3D;
  readonly imagePlan: MaskPlan<Tensor2D>;
  readonly imageIds?: Tensor2D;
};

/** Texts with what is hidden of them. */
export type TextBatch = {
  /** Word pieces, int32 [batch, textLength]. */
  readonly tokenIds: NdArray;
  /** float32 [batch, textLength]; 1 = padding. */
  readonly paddingMask: NdArray;
  readonly textPlan: TrimmedMaskPlan;
  /** What the encoder reads instead of `tokenIds`, where pieces were altered as in BERT: int32 [batch, textLength]. */
  readonly inputIds?: NdArray;
  /** Which hidden tokens get logits, and their weights: `realHiddenTokens` of the masking package. All, if left out. */
  readonly textRows?: { readonly rows: NdArray; readonly weights: NdArray };
};

/** {@link TextBatch} within the computation. */
export type TextTensors = {
  readonly tokenIds: Tensor2D;
  readonly paddingMask: Tensor2D;
  readonly textPlan: TrimmedMaskPlan<Tensor2D>;
  readonly inputIds?: Tensor2D;
  readonly textRows?: { readonly rows: Tensor1D; readonly weights: Tensor1D };
};

/** Dropout noise, from `drawNoise` of the transformer package; absent where the model drops nothing. */
export type Noise<Leaf> = { readonly noise?: Tree<Leaf> };

/** What a step of {@link m3ae} sees: pictures, texts or pairs, and beside them texts without pictures. */
export type M3aeBatch = Partial<ImageBatch> &
  Partial<TextBatch> &
  Noise<NdArray> & { readonly unpairedText?: TextBatch & Noise<NdArray> };

/** {@link M3aeBatch} within the computation. */
export type M3aeTensors = Partial<ImageTensors> &
  Partial<TextTensors> &
  Noise<Tensor> & { readonly unpairedText?: TextTensors & Noise<Tensor> };

/** Purposes of the keys that a task derives, so that drawing more for one changes nothing for another. */
const purposes = { imageMasks: 3, textMasks: 4, unpairedTextMasks: 5, noise: 6, mixing: 9 } as const;

/** The key of one purpose in one step. */
export function keyOf(purpose: keyof typeof purposes, { key, step }: CollateDraw): RngKey {
  return foldIn(foldIn(key, purposes[purpose]), step);
}

/** Whether a model drops anything, and so needs noise. */
export function drops(model: Dropping): boolean {
  return model.dropout > 0 || model.attentionDropout > 0 || model.dropPath > 0;
}

type Dropping = Pick<M3aeConfig, 'dropout' | 'attentionDropout' | 'dropPath'>;

/** Noise of a step's first or second forward pass, where the model drops anything and the batch does not measure. */
export function noiseOf(
  pass: 0 | 1,
  model: Dropping,
  draw: CollateDraw,
  drawn: (key: RngKey) => Tree<NdArray>,
): Noise<NdArray> {
  if (!drops(model) || draw.evaluation) return {};
  return { noise: drawn(foldIn(foldIn(foldIn(draw.key, purposes.noise), pass), draw.step)) };
}
