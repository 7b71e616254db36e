import { invalidField, requireRecord } from '@m3ae/errors';
import { requireModel } from '../model-kinds.js';
import { tidyTree } from '@m3ae/ops';
import type { Tensor, Tensor1D, Tensor3D } from '@tensorflow/tfjs-core';
import { type Activations, recordInto } from '../layers/block.js';
import type { M3aeConfig } from '../config.js';
import type { ForwardNoise } from '../noise.js';
import type { AnyParams, EncoderParams, M3aeParams, MaeParams, TrunkParams } from '../params.js';
import { decodeAll, decodeHidden, type Predictions } from './decoder.js';
import { encode } from './encoder.js';
import { checkInputs, type ForwardOptions, type ImageInputs, type M3aeInputs } from './inputs.js';

/** How the decoder is run. */
export interface ApplyOptions extends ForwardOptions {
  /**
   * `all`: every token in place order. `hidden`: the hidden tokens alone, in the order of `plan.idsHidden`, which
   * saves most of the text logits, the widest tensor of the model. Both give the same numbers for a token.
   */
  readonly predict?: 'all' | 'hidden';
  /**
   * With `hidden`: which of the [batch * hidden] text tokens get logits, int32 [rows], no place twice unless it does not
   * count. The text prediction is then [1, rows, vocab]. From `realHiddenTokens` of `@m3ae/masking`.
   */
  readonly textRows?: Tensor1D;
}

/** Predictions and every named intermediate result. */
export interface Applied {
  readonly output: Predictions;
  readonly activations: Activations;
}

/** Encoder output and every named intermediate result. */
export interface Represented {
  /** After the encoder's last normalization: [batch, 1 + patches + textLength, embedDim]; CLS is token 0. */
  readonly output: Tensor3D;
  readonly activations: Activations;
}

/**
 * Encodes the visible tokens of pictures, texts or pairs, and predicts the hidden ones.
 *
 * Activations are named by the path of the part that made them: `encoder.input`,
 * `encoder.blocks.3.attention.weights` ([batch, heads, tokens, tokens], after the softmax), `….attention.output`,
 * `….mlp.hidden`, `….mlp.output`, `….output`, `encoder.output`, and the same for the decoder. With `predict: 'hidden'` the
 * decoder's tokens are [CLS, visible, hidden], and its last block asks for the hidden ones alone.
 *
 * @param params - Tensors in the tree of `initM3ae`.
 * @param inputs - `patches`, `tokenIds` or both; a part without a plan is visible in full.
 * @returns `output.image` [batch, patches, patchDim] and `output.text` [batch, textLength, vocab], of the parts given.
 * With `hidden` the second axis counts hidden tokens, and a part with nothing hidden is absent.
 * @throws RangeError with one line for each shape that does not fit.
 *
 * @example
 * ```ts
 * const { output } = applyM3ae(params, config, { patches, tokenIds, paddingMask, imagePlan, textPlan });
 * ```
 *
 * @see Geng et al., Multimodal Masked Autoencoders Learn Transferable Representations, https://arxiv.org/abs/2205.14204
 */
export function applyM3ae(
  params: M3aeParams<Tensor>,
  config: M3aeConfig,
  inputs: M3aeInputs,
  options: ApplyOptions = {},
): Applied {
  return apply(params, config, inputs, options);
}

/**
 * As {@link applyM3ae} for the image-only twin. With `gelu: 'erf'`, `useTypeEmbedding: false` and a plan with a row
 * for each example it is the original MAE.
 *
 * @see He et al., Masked Autoencoders Are Scalable Vision Learners, https://arxiv.org/abs/2111.06377
 */
export function applyMae(
  params: MaeParams<Tensor>,
  config: M3aeConfig,
  inputs: ImageInputs,
  options: ApplyOptions = {},
): Applied {
  return apply(params, config, imageOnly(inputs), options);
}

/**
 * Encodes pictures, texts or pairs with nothing hidden.
 *
 * @returns `output` [batch, 1 + patches + textLength, embedDim]; parts that are not given take no tokens.
 * @throws RangeError with one line for each shape that does not fit.
 *
 * @example
 * ```ts
 * const { output, activations } = representM3ae(params, config, { patches });
 * activations['encoder.blocks.11.attention.weights']; // [batch, heads, 1 + patches, 1 + patches]
 * ```
 */
export function representM3ae(
  params: M3aeParams<Tensor>,
  config: M3aeConfig,
  inputs: Omit<M3aeInputs, 'imagePlan' | 'textPlan'>,
  options: ForwardOptions = {},
): Represented {
  return represent(params, config, inputs, options);
}

/** As {@link representM3ae} for the image-only twin. */
export function representMae(
  params: MaeParams<Tensor>,
  config: M3aeConfig,
  inputs: Omit<ImageInputs, 'imagePlan'>,
  options: ForwardOptions = {},
): Represented {
  return represent(params, config, imageOnly(inputs), options);
}

/**
 * Encodes whole pictures with the trunk that all four methods share; the tokens of {@link representM3ae} without text.
 *
 * @param params - The parameters of any of the models.
 * @param inputs - `patches` [batch, patches, patchDim], and `noise` while training.
 * @returns `output` [batch, 1 + patches, embedDim].
 */
export function representTrunk(
  params: TrunkParams<Tensor>,
  config: M3aeConfig,
  inputs: Omit<ImageInputs, 'imagePlan'>,
  options: ForwardOptions = {},
): Represented {
  return represent(params, config, imageOnly(inputs), options);
}

function imageOnly(inputs: ImageInputs): M3aeInputs {
  requireRecord('inputs', inputs, 'patches, imagePlan, noise', 'Pass tensors by name.');
  const { patches, imagePlan, noise } = inputs;
  return { patches, imagePlan, noise };
}

function apply(
  params: AnyParams<Tensor>,
  config: M3aeConfig,
  inputs: M3aeInputs,
  options: ApplyOptions,
): Applied {
  requireModel(params, config);
  requireRecord(
    'options',
    options,
    'predict, grid, textRows, recompute',
    'Leave it out to predict all tokens.',
  );
  const { predict = 'all', grid, textRows, recompute } = options;
  if (predict !== 'all' && predict !== 'hidden')
    throw invalidField('options.predict', 'all or hidden', predict, "Leave it out for 'all'.");
  const checked = checkInputs(inputs, config, { grid });
  return tidyTree(() => {
    const activations: Activations = {};
    const record = recordInto(activations);
    const noise = (inputs.noise ?? {}) as ForwardNoise<Tensor>;
    const encoded = encode(params, config, checked, noise.encoder, record, recompute);
    const run = { params, config, ...checked, noise: noise.decoder, record, textRows, recompute };
    const output = predict === 'hidden' ? decodeHidden(run, encoded) : decodeAll(run, encoded);
    return { output, activations };
  });
}

function represent(
  params: EncoderParams<Tensor>,
  config: M3aeConfig,
  inputs: M3aeInputs,
  options: ForwardOptions,
): Represented {
  requireModel(params, config);
  requireRecord('inputs', inputs, 'patches, tokenIds, …', 'Pass tensors by name.');
  requireRecord('options', options, 'grid', 'Leave it out for a square grid.');
  const { patches, tokenIds, paddingMask, noise } = inputs;
  const checked = checkInputs({ patches, tokenIds, paddingMask }, config, options);
  return tidyTree(() => {
    const activations: Activations = {};
    const stackNoise = ((noise ?? {}) as ForwardNoise<Tensor>).encoder;
    const record = recordInto(activations);
    const { recompute } = options;
    const output = encode(params, config, checked, stackNoise, record, recompute);
    return { output, activations };
  });
}
