import type { MaskPlan, TrimmedMaskPlan } from '@m3ae/masking';
import type { NdArray, Tree } from '@m3ae/tree';
import type { Tensor, Tensor1D, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';

/** Pictures with what is hidden of them. */
export type ImageBatch = {
  /** float32 [batch, patches, patchDim] */
  readonly patches: NdArray;
  readonly imagePlan: MaskPlan;
};

/** {@link ImageBatch} within the computation. */
export type ImageTensors = {
  readonly patches: Tensor3D;
  readonly imagePlan: MaskPlan<Tensor2D>;
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

/** The picture half of a batch, where it is whole. */
export function imageHalf({ patches, imagePlan }: M3aeTensors): ImageTensors | undefined {
  return patches && imagePlan && { patches, imagePlan };
}

/** The text half of a batch, where it is whole. */
export function textHalf({
  tokenIds,
  paddingMask,
  textPlan,
  inputIds,
  textRows,
}: Partial<TextTensors>): TextTensors | undefined {
  return tokenIds && paddingMask && textPlan && { tokenIds, paddingMask, textPlan, inputIds, textRows };
}
