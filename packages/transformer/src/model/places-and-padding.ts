import { lookUp } from '@m3ae/ops';
import {
  add,
  concat,
  gather,
  mul,
  reshape,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  tensor2d,
  type Tensor3D,
  zeros,
} from '@tensorflow/tfjs-core';
import { gatherTokens2d } from '@m3ae/masking';
import type { Modality } from './inputs.js';

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
