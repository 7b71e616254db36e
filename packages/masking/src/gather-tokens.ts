import { invalidField } from '@m3ae/errors';
import {
  customGrad,
  gather,
  type Rank,
  reshape,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  tidy,
  zeros,
} from '@tensorflow/tfjs-core';
import { concatTokens, flatIds, gatherRows } from './gather-rows.js';
import type { MaskPlan, TrimmedMaskPlan } from './mask-plan.js';
import { checkPlan, checkTrimmedPlan, requireAxes } from './mask-tensors.js';

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
    return gatherRows(concatTokens(parts), idsRestore as Tensor2D); // [batch, length, dim]
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
 * @param plan - Tensors of a plan; its rows are 1 or batch.
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

function requireChoice(choice: unknown): void {
  if (choice === 'keep' || choice === 'hidden') return;
  throw invalidField('choice', 'keep or hidden', choice, "Write 'keep' for the visible tokens.");
}
