import type { Runner } from '@m3ae/compile';
import type { MaskPlan, TrimmedMaskPlan } from '@m3ae/masking';
import { applyM3ae, applyMae, type M3aeConfig, type M3aeParams, type MaeParams } from '@m3ae/transformer';
import type { NdArray } from '@m3ae/tree';
import { softmax, type Tensor, type Tensor2D, type Tensor3D } from '@tensorflow/tfjs-core';

/** Pictures, texts or pairs with what is hidden of them. */
export interface HiddenExamples<Leaf = NdArray, Patches = Leaf> {
  /** [batch, patches, patchDim] */
  readonly patches?: Patches;
  readonly imagePlan?: MaskPlan<Leaf>;
  /** int32 [batch, textLength] */
  readonly tokenIds?: Leaf;
  /** 1 = padding: [batch, textLength] */
  readonly paddingMask?: Leaf;
  readonly textPlan?: TrimmedMaskPlan<Leaf>;
}

/** What the model puts in the places. */
export interface RebuiltExamples {
  /** Every patch as predicted: [batch, patches, patchDim]. */
  readonly image?: NdArray;
  /** Probability of each piece in each place: [batch, textLength, vocabSize]. */
  readonly text?: NdArray;
}

/** A masked autoencoder and its weights; one without text parameters rebuilds pictures alone. */
export interface RebuildingModel {
  readonly config: M3aeConfig;
  readonly params: M3aeParams<NdArray> | MaeParams<NdArray>;
  /** Makes patches [batch, patches, patchDim] of what the image head gives, where that is no pixels. */
  readonly patchesOf?: (output: NdArray) => Promise<NdArray>;
}

/** Lets a model rebuild what is hidden of some examples, once. */
export async function rebuildExamples(
  runner: Runner,
  { config, params, patchesOf = async (output) => output }: RebuildingModel,
  examples: HiddenExamples,
): Promise<RebuiltExamples> {
  const program = runner<RebuiltExamples>(
    'reconstruct',
    (
      tensors: M3aeParams<Tensor> | MaeParams<Tensor>,
      { patches, imagePlan, tokenIds, paddingMask, textPlan }: HiddenExamples<Tensor2D, Tensor3D>,
    ) => {
      const pictures = patches && { patches, imagePlan };
      const texts = tokenIds && paddingMask && { tokenIds, paddingMask, textPlan };
      const { output } =
        texts && 'textHead' in tensors
          ? applyM3ae(tensors, config, { ...pictures, ...texts })
          : applyMae(tensors, config, pictures!);
      return {
        ...(output.image && { image: output.image }),
        ...(output.text && { text: softmax(output.text) }),
      };
    },
  );
  const copy = (array: NdArray | undefined) => array && { ...array, data: array.data.slice() };
  try {
    const { image, text } = await program.run(params, examples);
    return { ...(image && { image: await patchesOf(copy(image)!) }), ...(text && { text: copy(text) }) };
  } finally {
    await program.dispose();
  }
}
