import { requireTensors, tidyTree } from '@m3ae/ops';
import { requireRecord } from '@m3ae/errors';
import { requireModel } from '../model-kinds.js';
import {
  matMul,
  maximum,
  mul,
  rsqrt,
  type Scalar,
  square,
  sum,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
} from '@tensorflow/tfjs-core';
import type { Tree } from '@m3ae/tree';
import { type Activations, recordInto } from '../layers/block.js';
import { poolTokens } from '../layers/heads.js';
import { representTrunk } from '../model/apply.js';
import type { ForwardOptions, ImageInputs } from '../model/inputs.js';
import type { StackNoise } from '../noise.js';
import type { ClipParams } from '../params.js';
import type { ClipConfig } from './config.js';
import { checkText, encodeText, type TextInputs } from './text-tower.js';

/** Vectors of length 1 and every named intermediate result of their tower. */
export interface Embedded {
  /** [batch, sharedDim], each row of length 1. */
  readonly output: Tensor2D;
  readonly activations: Activations;
}

/** A batch of pairs. */
export interface ClipInputs extends TextInputs {
  /** [batch, patches, patchDim] */
  readonly patches: Tensor3D;
  /** From `drawClipNoise`; without it nothing is dropped. */
  readonly noise?: Tree<Tensor>;
}

/** Both towers' results. */
export interface ClipApplied {
  /** Vectors of length 1, [batch, sharedDim] each, and the logarithm of the logit scale, []. */
  readonly output: { readonly image: Tensor2D; readonly text: Tensor2D; readonly logitScale: Scalar };
  readonly activations: Activations;
}

/** Noise of a CLIP's towers; see `drawClipNoise`. */
export type ClipNoise<Leaf> = { readonly encoder?: StackNoise<Leaf>; readonly textTower?: StackNoise<Leaf> };

/**
 * Embeds pictures with their texts in one space.
 *
 * A text without a real token gets a vector of zeros (or the CLS token's, where that is read): leave such pairs out of
 * the loss.
 *
 * @param params - Tensors in the tree of `initClip`.
 * @throws RangeError with one line for each shape that does not fit.
 *
 * @example
 * ```ts
 * const { output } = applyClip(params, config, { patches, tokenIds, paddingMask });
 * output.image; // [batch, sharedDim]
 * ```
 *
 * @see Radford et al., Learning Transferable Visual Models From Natural Language Supervision, https://arxiv.org/abs/2103.00020
 */
export function applyClip(
  params: ClipParams<Tensor>,
  config: ClipConfig,
  inputs: ClipInputs,
  options: ForwardOptions = {},
): ClipApplied {
  requireModel(params, config);
  requireRecord('inputs', inputs, 'patches, tokenIds, paddingMask', 'Pass tensors by name.');
  const { patches, tokenIds, paddingMask, noise } = inputs;
  requireTensors({ patches });
  checkText({ tokenIds, paddingMask }, config, patches.shape[0]);
  const image = representClipImages(params, config, { patches, noise }, options);
  const text = representClipText(params, config, { tokenIds, paddingMask, noise }, options);
  return {
    output: { image: image.output, text: text.output, logitScale: params.logitScale as Scalar },
    activations: { ...image.activations, ...text.activations },
  };
}

/** As {@link applyClip} for pictures alone. */
export function representClipImages(
  params: Omit<ClipParams<Tensor>, 'textTower' | 'textProjection' | 'logitScale'>,
  config: ClipConfig,
  inputs: Omit<ImageInputs, 'imagePlan'>,
  options: ForwardOptions = {},
): Embedded {
  requireModel(params, config);
  return tidyTree(() => {
    const { output: tokens, activations } = representTrunk(params, config, inputs, options);
    const projected = matMul(poolTokens(tokens, config.pooling), params.imageProjection.kernel);
    return { output: unitRows(projected), activations };
  });
}

/** As {@link applyClip} for texts alone. */
export function representClipText(
  params: Pick<ClipParams<Tensor>, 'textTower' | 'textProjection'>,
  config: ClipConfig,
  inputs: TextInputs & { readonly noise?: Tree<Tensor> },
  options: Pick<ForwardOptions, 'recompute'> = {},
): Embedded {
  requireModel(params, config);
  requireRecord('inputs', inputs, 'tokenIds, paddingMask', 'Pass tensors by name.');
  const { tokenIds, paddingMask, noise } = inputs;
  checkText({ tokenIds, paddingMask }, config);
  return tidyTree(() => {
    const activations: Activations = {};
    const { textTower } = (noise ?? {}) as ClipNoise<Tensor>;
    const record = recordInto(activations);
    const texts = { tokenIds, paddingMask };
    const vectors = encodeText(params.textTower, config, texts, textTower, record, options.recompute);
    const projected = matMul(vectors, params.textProjection.kernel);
    return { output: unitRows(projected), activations };
  });
}

/** Divides each row by its length, taken as at least 1e-12. */
function unitRows(x: Tensor): Tensor2D {
  return mul(x, rsqrt(maximum(sum(square(x), -1, true), 1e-24)));
}
