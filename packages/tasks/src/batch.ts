import { faultOf, throwFaults } from '@m3ae/errors';
import type { MaskPlan, TrimmedMaskPlan } from '@m3ae/masking';
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

/**
 * The picture half of a batch, where there is one.
 *
 * @throws RangeError if only a part of it is there.
 */
export function imageHalf({ patches, imagePlan, imageIds }: Partial<ImageTensors>): ImageTensors | undefined {
  if (!patches && !imagePlan) return undefined;
  requireAll({ patches, imagePlan });
  return { patches: patches!, imagePlan: imagePlan!, imageIds };
}

/**
 * The text half of a batch, where there is one.
 *
 * @throws RangeError if only a part of it is there.
 */
export function textHalf(batch: Partial<TextTensors>): TextTensors | undefined {
  const { tokenIds, paddingMask, textPlan, inputIds, textRows } = batch;
  if (!tokenIds && !paddingMask && !textPlan) return undefined;
  requireAll({ tokenIds, paddingMask, textPlan });
  return { tokenIds: tokenIds!, paddingMask: paddingMask!, textPlan: textPlan!, inputIds, textRows };
}

function requireAll(parts: Readonly<Record<string, unknown>>): void {
  const remedy = 'Pass a plan of @m3ae/masking beside patches and token ids.';
  const missing = Object.keys(parts).filter((name) => parts[name] === undefined);
  throwFaults(missing.map((name) => faultOf(`batch.${name}`, 'there', 'nothing', remedy)));
}
