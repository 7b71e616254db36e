import {
  add,
  cast,
  concat,
  customGrad,
  gather,
  greater,
  matMul,
  mul,
  reshape,
  scalar,
  sub,
  sum,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  tensor2d,
  tidy,
} from '@tensorflow/tfjs-core';
import { gatherRows } from './gather-rows.js';
import { invalidField } from '@m3ae/errors';
import type { MaskPlan } from './mask-plan.js';
import { checkPlan, requireAxes } from './mask-tensors.js';

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
  const restore = customGrad((...args: unknown[]) => {
    const [x, token, save] = args as [Tensor3D, Tensor, (saved: Tensor[]) => void];
    save([plan.idsKeep, plan.mask]);
    return { value: placeTokens(x, token, plan.idsRestore), gradFunc: restoreGradients };
  });
  return tidy(() => restore(visible, maskToken));
}

const restoreGradients = (dy: Tensor, [idsKeep, mask]: Tensor[]): Tensor[] => [
  gatherRows(dy as Tensor3D, idsKeep as Tensor2D), // [batch, keep, dim]
  sumHidden(dy as Tensor3D, mask as Tensor2D), // [1, 1, dim]
];

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
  const starts = tensor2d(
    Int32Array.from({ length: batch }, (_, row) => row * keep),
    [batch, 1],
    'int32',
  );
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
  const shared = mask.shape[0] === 1;
  const perToken = shared ? sum(dy, 0) : dy; // [length, dim] or [batch, length, dim]
  const flat = reshape(perToken, [mask.size, dim]);
  return reshape(matMul(reshape(mask, [1, mask.size]), flat), [1, 1, dim]);
}
