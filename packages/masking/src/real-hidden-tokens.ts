import { requireList } from '@m3ae/errors';
import { type PlanArray, requireArrays, type TrimmedMaskPlan } from './mask-plan.js';

/** Which hidden tokens count, and how much. */
export interface RealHiddenTokens {
  readonly [name: string]: PlanArray;
  /** Places in the flattened [batch * hidden] of hidden tokens that are not padding; the rest repeat place 0: [count]. */
  readonly rows: PlanArray;
  /** 1 / (batch * real hidden tokens of the example), 0 where `rows` is filled up: [count]. */
  readonly weights: PlanArray;
}

/** Counts are rounded up to so many parts of all hidden tokens, because each count is traced once. */
const parts = 8;

/**
 * Lists the hidden tokens that are real, so that no logits need to be computed for padding.
 *
 * The weights make a sum over the rows the mean over the batch of the mean over each example's real hidden tokens; an
 * example without any adds 0 and stays in the mean, as in the reference.
 *
 * @param plan - Its `idsHidden` is [1 or batch, hidden].
 * @param paddingMask - 1 = padding, 0 = real: [batch, length].
 * @param batch - Examples.
 *
 * @example
 * ```ts
 * const { rows, weights } = realHiddenTokens(plan, paddingMask, 64); // rows.shape: [720] of 64 * 18
 * ```
 *
 * @see Geng et al., Multimodal Masked Autoencoders, https://arxiv.org/abs/2205.14204, for the loss they serve
 */
export function realHiddenTokens(
  plan: TrimmedMaskPlan,
  paddingMask: ArrayLike<number>,
  batch: number,
): RealHiddenTokens {
  requireArrays(plan);
  requireList('paddingMask', paddingMask, 'Give each token one entry, 1 = padding.');
  const [planRows, hidden] = plan.idsHidden.shape as [number, number];
  const ids = plan.idsHidden.data;
  const length = paddingMask.length / batch;
  const places: number[] = [];
  const shares: number[] = [];
  for (let row = 0; row < batch; row++) {
    const start = planRows === 1 ? 0 : row * hidden;
    const before = places.length;
    for (let i = 0; i < hidden; i++) {
      if (paddingMask[row * length + ids[start + i]!] === 0) places.push(row * hidden + i);
    }
    const real = places.length - before;
    for (let i = 0; i < real; i++) shares.push(1 / (batch * real));
  }
  const step = Math.max(1, Math.ceil((batch * hidden) / parts));
  const count = Math.min(batch * hidden, Math.max(1, Math.ceil(places.length / step)) * step);
  const rows = new Int32Array(count);
  const weights = new Float32Array(count);
  rows.set(places);
  weights.set(shares);
  return { rows: { shape: [count], data: rows }, weights: { shape: [count], data: weights } };
}
