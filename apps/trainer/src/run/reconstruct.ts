import type { M3aeConfig, M3aeParams, MaeParams } from '@m3ae/transformer';
import { applyM3ae, applyMae } from '@m3ae/transformer';
import type { MaskPlan, TrimmedMaskPlan } from '@m3ae/masking';
import type { NdArray, Tree } from '@m3ae/tree';
import type { Tensor, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import { softmax } from '@tensorflow/tfjs-core';
import type { Runner } from '@m3ae/compile';

/** Pictures, texts or pairs with what is hidden of them. */
export interface Puzzle<Leaf = NdArray> {
  /** [batch, patches, patchDim] */
  readonly patches?: Leaf;
  readonly imagePlan?: MaskPlan<Leaf>;
  /** int32 [batch, textLength] */
  readonly tokenIds?: Leaf;
  /** 1 = padding: [batch, textLength] */
  readonly paddingMask?: Leaf;
  readonly textPlan?: TrimmedMaskPlan<Leaf>;
}

/** What the model puts in the places. */
export interface Solution {
  /** Every patch as predicted: [batch, patches, patchDim]. */
  readonly image?: NdArray;
  /** Probability of each piece in each place: [batch, textLength, vocabSize]. */
  readonly text?: NdArray;
}

/** Runs a model on a puzzle once. */
export async function solvePuzzle(
  method: 'm3ae' | 'mae',
  model: M3aeConfig,
  params: Tree<NdArray>,
  puzzle: Puzzle,
  engine: Runner,
): Promise<Solution> {
  const program = engine<Solution>('reconstruct', (tensors: Tree<Tensor>, inputs: Puzzle<Tensor>) => {
    const imagePart = {
      patches: inputs.patches as Tensor3D,
      imagePlan: inputs.imagePlan as MaskPlan<Tensor2D> | undefined,
    };
    if (method === 'mae')
      return { image: applyMae(tensors as MaeParams<Tensor>, model, imagePart).output.image! };
    const { output } = applyM3ae(tensors as M3aeParams<Tensor>, model, {
      ...(inputs.patches && imagePart),
      ...(inputs.tokenIds && {
        tokenIds: inputs.tokenIds as Tensor2D,
        paddingMask: inputs.paddingMask as Tensor2D,
        textPlan: inputs.textPlan as TrimmedMaskPlan<Tensor2D> | undefined,
      }),
    });
    return {
      ...(output.image && { image: output.image }),
      ...(output.text && { text: softmax(output.text) }),
    };
  });
  const solution = await program.run(params, puzzle);
  const copied = Object.entries(solution).map(([name, { shape, data }]) => [
    name,
    { shape, data: data.slice() },
  ]);
  await program.dispose();
  return Object.fromEntries(copied) as Solution;
}
