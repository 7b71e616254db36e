import { invalidField } from '@m3ae/errors';
import {
  add,
  cast,
  concat,
  customGrad,
  gather,
  greater,
  matMul,
  mul,
  type Rank,
  reshape,
  scalar,
  sub,
  sum,
  type Tensor,
  type Tensor2D,
  tensor2d,
  type Tensor3D,
  tidy,
  zeros,
} from '@tensorflow/tfjs-core';
import type { MaskPlan, TrimmedMaskPlan } from './mask-plan.js';
import { checkPlan, checkTrimmedPlan, requireAxes, requireChoice } from './mask-tensors.js';

/** Which tokens to take: the visible ones or the hidden ones. */
export type TokenChoice = 'keep' | 'hidden';

/**
 * Takes the visible or the hidden tokens of a sequence.
 *
 * The gradient is a gather too: each token gets the gradient of its shuffled place, or 0. The gradient of a general
 * gather would be a scatter-add, which is slow and which some backends lack.
 *
 * @param tokens - [batch, length, dim]
 * @param choice - 'keep' for the visible tokens, 'hidden' for the others.
 * @param plan - Tensors of a plan; its rows are 1 or batch.
 * @returns [batch, keep, dim] or [batch, length - keep, dim], in the order of `plan.idsKeep` or `plan.idsHidden`.
 * @throws RangeError if the plan does not fit the batch or the length of `tokens`.
 *
 * @example
 * ```ts
 * const visible = gatherTokens(tokens, 'keep', plan); // [batch, 256, dim] -> [batch, 64, dim]
 * ```
 *
 * @see Geng et al., Multimodal Masked Autoencoders, section 3, https://arxiv.org/abs/2205.14204
 */
export function gatherTokens(tokens: Tensor3D, choice: TokenChoice, plan: MaskPlan<Tensor2D>): Tensor3D {
  requireAxes('tokens', tokens, 'batch, length, dim');
  requireChoice(choice);
  const [batch, length, dim] = tokens.shape;
  checkPlan(plan, batch, length);
  const ids = choice === 'keep' ? plan.idsKeep : plan.idsHidden;
  const others = length - ids.shape[1];
  const gradFunc = (dy: Tensor, [idsRestore]: Tensor[]) => {
    const rest = zeros<Rank.R3>([batch, others, dim]);
    const parts = choice === 'keep' ? [dy as Tensor3D, rest] : [rest, dy as Tensor3D];
    const filled = parts.filter((part) => part.shape[1] > 0); // not every backend joins empty ones
    const shuffled = filled.length === 1 ? filled[0]! : concat(filled, 1);
    return gatherRows(shuffled, idsRestore as Tensor2D); // [batch, length, dim]
  };
  const take = customGrad((...args: unknown[]) => {
    const [x, save] = args as [Tensor3D, (saved: Tensor[]) => void];
    save([plan.idsRestore]);
    return { value: gatherRows(x, ids), gradFunc };
  });
  return tidy(() => take(tokens));
}

/**
 * Takes the visible or the hidden entries of a table with one value a token: token ids, or a padding mask.
 * Not differentiable by design; use {@link gatherTokens} for anything with a gradient.
 *
 * @param values - Any dtype, kept: [batch, length].
 * @param choice - 'keep' for the visible tokens, 'hidden' for the others.
 * @param plan - Tensors of a plan, whole or trimmed; its rows are 1 or batch.
 * @returns [batch, keep] or [batch, length - keep].
 * @throws RangeError if the plan does not fit the batch or the length of `values`.
 *
 * @example
 * ```ts
 * const visiblePadding = gatherTokens2d(paddingMask, 'keep', plan); // [batch, 64] -> [batch, 16]
 * ```
 */
export function gatherTokens2d(
  values: Tensor2D,
  choice: TokenChoice,
  plan: TrimmedMaskPlan<Tensor2D>,
): Tensor2D {
  requireAxes('values', values, 'batch, length');
  requireChoice(choice);
  const [batch, length] = values.shape;
  checkTrimmedPlan(plan, batch, length);
  const ids = choice === 'keep' ? plan.idsKeep : plan.idsHidden;
  const [rows, count] = ids.shape;
  return tidy(() => {
    if (count === 0) return zeros<Rank.R2>([batch, 0], values.dtype);
    if (rows === 1) return gather(values, reshape(ids, [count]), 1);
    return reshape(gather(reshape(values, [batch * length]), flatIds(ids, length)), [batch, count]);
  });
}

/**
 * Puts the visible tokens back in their places and one learned vector into every other place.
 *
 * All examples share the one row of the mask token, so no [batch, length - keep, dim] of copies is built, and the
 * gradient of `visible` is a gather.
 *
 * @param visible - Tokens in the order of `plan.idsKeep`: [batch, keep, dim].
 * @param maskToken - The vector that stands for a hidden token: [1, 1, dim].
 * @param plan - Tensors of a plan; its rows are 1 or batch.
 * @returns Tokens in order of position: [batch, length, dim].
 * @throws RangeError if the plan is trimmed or does not fit `visible`, or `maskToken` is not [1, 1, dim].
 *
 * @example
 * ```ts
 * const full = restoreTokens(visible, maskToken, plan); // [batch, 64, dim] -> [batch, 256, dim]
 * ```
 *
 * @see He et al., Masked Autoencoders Are Scalable Vision Learners, section 3, https://arxiv.org/abs/2111.06377
 */
export function restoreTokens(visible: Tensor3D, maskToken: Tensor, plan: MaskPlan<Tensor2D>): Tensor3D {
  checkRestore(visible, maskToken, plan);
  const gradFunc = (dy: Tensor, [idsKeep, mask]: Tensor[]) => [
    gatherRows(dy as Tensor3D, idsKeep as Tensor2D), // [batch, keep, dim]
    sumHidden(dy as Tensor3D, mask as Tensor2D), // [1, 1, dim]
  ];
  const restore = customGrad((...args: unknown[]) => {
    const [x, token, save] = args as [Tensor3D, Tensor, (saved: Tensor[]) => void];
    save([plan.idsKeep, plan.mask]);
    return { value: placeTokens(x, token, plan.idsRestore), gradFunc };
  });
  return tidy(() => restore(visible, maskToken));
}

function checkRestore(visible: Tensor3D, maskToken: Tensor, plan: MaskPlan<Tensor2D>): void {
  requireAxes('visible', visible, 'batch, keep, dim');
  requireAxes('maskToken', maskToken, '1, 1, dim');
  const [batch, keep, dim] = visible.shape;
  checkPlan(plan, batch);
  if (keep !== plan.idsKeep.shape[1]) {
    const rule = `of the plan's ${plan.idsKeep.shape[1]} visible tokens`;
    throw invalidField('visible', rule, `[${visible.shape}]`, 'Use the plan that gathered them.');
  }
  if (maskToken.shape.join() !== [1, 1, dim].join()) {
    throw invalidField('maskToken', `[1,1,${dim}]`, `[${maskToken.shape}]`, 'Give it the width of visible.');
  }
}

/** Gathers from the rows of all visible tokens and, after them, the mask token. */
function placeTokens(visible: Tensor3D, maskToken: Tensor, idsRestore: Tensor2D): Tensor3D {
  const [batch, keep, dim] = visible.shape;
  const length = idsRestore.shape[1];
  const token = reshape(maskToken, [1, dim]);
  const rows = keep > 0 ? concat([reshape(visible, [batch * keep, dim]), token], 0) : token; // [batch * keep + 1, dim]
  const starts = rowStarts(batch, keep);
  const places = add(idsRestore, starts); // [batch, length]
  const isVisible = cast(greater(add(starts, scalar(keep, 'int32')), places), 'int32');
  // All hidden tokens read the last row. Plain arithmetic, because `where` would tile its scalar.
  const last = scalar(batch * keep, 'int32');
  const ids = add(mul(isVisible, sub(places, last)), last); // [batch, length]
  return reshape(gather(rows, reshape(ids, [batch * length])), [batch, length, dim]);
}

/** Sums dy [batch, length, dim] where mask [1 or batch, length] is 1, as one product: [1, 1, dim]. */
function sumHidden(dy: Tensor3D, mask: Tensor2D): Tensor3D {
  const [, , dim] = dy.shape;
  const perToken = mask.shape[0] === 1 ? sum(dy, 0) : dy; // [length, dim] or [batch, length, dim]
  const flat = reshape(perToken, [mask.size, dim]);
  return reshape(matMul(reshape(mask, [1, mask.size]), flat), [1, 1, dim]);
}

/** Turns places within a row into places in the flattened [batch * length]: ids [batch, count] -> [batch * count]. */
function flatIds(ids: Tensor2D, length: number): Tensor {
  const [batch, count] = ids.shape;
  return reshape(add(ids, rowStarts(batch, length)), [batch * count]);
}

/** Where each row begins in rows of a length one after another: [batch, 1]. */
function rowStarts(batch: number, length: number): Tensor2D {
  const starts = Int32Array.from({ length: batch }, (_, row) => row * length);
  return tensor2d(starts, [batch, 1], 'int32');
}

/**
 * Takes tokens by place: x [batch, length, dim] and ids [1 or batch, count] -> [batch, count, dim]. No gradient.
 *
 * One flat gather rather than `batchDims`: every backend has it, and in ONNX it is a plain Gather.
 */
function gatherRows(x: Tensor3D, ids: Tensor2D): Tensor3D {
  const [batch, length, dim] = x.shape;
  const [rows, count] = ids.shape;
  if (count === 0) return zeros([batch, 0, dim], x.dtype);
  if (rows === 1) return gather(x, reshape(ids, [count]), 1);
  return reshape(gather(reshape(x, [batch * length, dim]), flatIds(ids, length)), [batch, count, dim]);
}
