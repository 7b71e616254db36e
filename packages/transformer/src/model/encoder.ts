import { layerNorm, lookUp } from '@m3ae/ops';
import {
  add,
  concat,
  matMul,
  reshape,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  gather,
  mul,
  type Tensor1D,
  tensor2d,
  zeros,
} from '@tensorflow/tfjs-core';
import { gatherTokens, gatherTokens2d, wholePlan } from '@m3ae/masking';
import type { Recorder } from '../layers/block.js';
import { stack } from '../layers/stack.js';
import type { M3aeConfig } from '../config.js';
import type { StackNoise } from '../noise.js';
import type { EncoderParams } from '../params.js';
import type { Checked, Modality } from './inputs.js';

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

/**
 * Codes of some places of a modality: [rows, count, dim], where rows is 1 if they are the same for all examples.
 *
 * @param which - `all` in place order; `keep` or `hidden` in the order of the plan.
 * @param learned - Codes that are parameters, [tokens, dim], instead of the fixed ones.
 */
export function placeCodes(
  modality: Modality,
  dim: number,
  which: 'all' | 'keep' | 'hidden',
  learned?: Tensor2D,
): Tensor3D {
  const { tokens, plan } = modality;
  const table = learned ?? tensor2d(modality.codes(dim), [tokens, dim]);
  const ids = which === 'all' || !plan ? undefined : which === 'keep' ? plan.idsKeep : plan.idsHidden;
  if (!ids) return reshape(table, [1, tokens, dim]);
  const [rows, count] = ids.shape;
  const flat: Tensor1D = reshape(ids, [rows * count]);
  return reshape(learned ? lookUp(learned, flat) : gather(table, flat), [rows, count, dim]);
}

/** Repeats [1, tokens, dim] for each example; the gradient is a plain sum, unlike that of `tile`. */
export function forEachExample(x: Tensor, batch: number): Tensor3D {
  return x.shape[0] === batch ? (x as Tensor3D) : add(x, zeros([batch, 1, 1]));
}

/** A stretch of a sequence, as padding sees it. */
type PaddingPiece = { readonly tokens: number; readonly padding?: Tensor2D };

/** Padding of some tokens of a modality. */
export function paddingPiece(modality: Modality, which: 'all' | 'keep' | 'hidden'): PaddingPiece {
  const { plan, padding, keep, hidden, tokens } = modality;
  if (which === 'all' || !plan) return { tokens, padding };
  const count = which === 'keep' ? keep : hidden;
  return { tokens: count, padding: padding && count > 0 ? gatherTokens2d(padding, which, plan) : undefined };
}

/**
 * What to add to attention scores: -1e9 where the key is padding, else 0; [batch, 1, 1, tokens].
 *
 * The reference replaces the score by -1e7. Either leaves a weight of exactly 0, as exp underflows, and CLS is
 * never padding, so no row is empty. Adding needs no selection under the gradient.
 *
 * @returns undefined if no piece can hold padding.
 */
export function paddingBias(pieces: readonly PaddingPiece[], batch: number): Tensor | undefined {
  if (pieces.every(({ padding }) => padding === undefined)) return undefined;
  const parts = mergeUnpadded(pieces).map(({ tokens, padding }) => padding ?? zeros([batch, tokens]));
  const joined = concat(parts, 1); // [batch, tokens]
  return mul(reshape(joined, [batch, 1, 1, joined.shape[1]!]), -1e9);
}

function mergeUnpadded(pieces: readonly PaddingPiece[]): PaddingPiece[] {
  const merged: PaddingPiece[] = [];
  for (const piece of pieces.filter(({ tokens }) => tokens > 0)) {
    const last = merged.at(-1);
    if (last && !last.padding && !piece.padding)
      merged[merged.length - 1] = { tokens: last.tokens + piece.tokens };
    else merged.push(piece);
  }
  return merged;
}
