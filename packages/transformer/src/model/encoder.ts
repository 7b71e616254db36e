import { layerNorm, lookUp } from '@m3ae/ops';
import {
  add,
  concat,
  matMul,
  reshape,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
} from '@tensorflow/tfjs-core';
import { gatherTokens, gatherTokens2d, wholePlan } from '@m3ae/masking';
import type { Recorder } from '../layers/block.js';
import { stack } from '../layers/stack.js';
import type { M3aeConfig } from '../config.js';
import type { StackNoise } from '../noise.js';
import type { EncoderParams } from '../params.js';
import type { Checked, Modality } from './inputs.js';
import { forEachExample, paddingBias, paddingPiece, placeCodes } from './places-and-padding.js';

/**
 * Embeds the visible tokens and runs the encoder on [CLS, image, text]: [batch, 1 + kept, embedDim].
 *
 * Embedding is per token, so the hidden tokens are dropped before it and not after it: the same numbers for a
 * quarter of the work.
 */
export function encode(
  params: EncoderParams<Tensor>,
  config: M3aeConfig,
  { batch, parts }: Checked,
  noise: StackNoise<Tensor> | undefined,
  record: Recorder,
  recompute = false,
): Tensor3D {
  const sequence: Tensor3D[] = [forEachExample(params.clsToken, batch)];
  for (const part of parts) {
    if (part.keep === 0) continue;
    const isImage = part.name === 'image';
    const embedded = isImage ? embedImage(params, batch, part) : embedText(params, batch, part);
    const learned = isImage ? (params.positions as Tensor2D | undefined) : undefined;
    const placed: Tensor3D = add(embedded, placeCodes(part, config.embedDim, 'keep', learned)); // [batch, keep, embedDim]
    record(`${part.name}Embedding`, placed);
    sequence.push(placed);
  }
  const keyBias = paddingBias([{ tokens: 1 }, ...parts.map((part) => paddingPiece(part, 'keep'))], batch);
  const options = { name: 'encoder', heads: config.heads, keyBias, noise, recompute } as const;
  const joined = concat(sequence, 1); // [batch, tokens, embedDim]
  const normed = params.inputNorm
    ? (reshape(
        layerNorm(reshape(joined, [-1, config.embedDim]), params.inputNorm, config.normEpsilon),
        joined.shape,
      ) as Tensor3D)
    : joined;
  return stack(params.encoder, config, normed, options, record);
}

/** -> [batch, keep, embedDim], with the type embedding and without the place codes. */
function embedImage(
  params: EncoderParams<Tensor>,
  batch: number,
  { patches, plan, keep }: Extract<Modality, { name: 'image' }>,
): Tensor3D {
  const visible = plan ? gatherTokens(patches, 'keep', wholePlan(plan)) : patches; // [batch, keep, patchDim]
  const flat = reshape(visible, [batch * keep, visible.shape[2]]);
  const { kernel, bias } = params.imageEmbedding;
  const type = params.types?.encoderImage;
  const offset = type ? add(bias, reshape(type, bias.shape)) : bias; // [embedDim]
  return reshape(add(matMul(flat, kernel), offset), [batch, keep, -1]);
}

/** -> [batch, keep, embedDim], with the type embedding and without the place codes. */
function embedText(
  params: EncoderParams<Tensor>,
  batch: number,
  { tokenIds, plan, keep }: Extract<Modality, { name: 'text' }>,
): Tensor3D {
  const visible = plan ? gatherTokens2d(tokenIds, 'keep', plan) : tokenIds; // [batch, keep]
  const rows = lookUp(params.textEmbedding!.table as Tensor2D, reshape(visible, [batch * keep]));
  const embedded: Tensor3D = reshape(rows, [batch, keep, -1]);
  const type = params.types?.encoderText;
  return type ? add(embedded, type) : embedded;
}
