import { faultOf, requireList, throwFaults } from '@m3ae/errors';
import {
  type MaskPlan,
  type PlanArray,
  requireArrays,
  rowsFault,
  type TrimmedMaskPlan,
} from './mask-plan.js';

/** Fractions of all places that a trimmed plan may hold; few, because each size of it is traced once. */
const levels = [0.25, 0.5, 0.75];

/**
 * A plan without the places that are padding, as far as one size for all examples allows.
 *
 * Padding takes part in the draw, as in the reference, but nothing reads what is computed for it: its keys are masked
 * and its predictions do not count. Leaving it out changes no loss and no gradient, only the work. Places that fill
 * up an example are padding of that example. `mask` stays that of the plan, and `idsRestore` is left out: such a plan
 * serves {@link gatherTokens2d} and a decoder that does not put tokens back in place, and not `restoreTokens`.
 *
 * @param plan - Of 1 row or of one row an example.
 * @param paddingMask - 1 = padding, 0 = real: [batch, length].
 * @param batch - Examples.
 * @returns `idsKeep` [batch, fewer or equal to keep], `idsHidden` [batch, fewer or equal to length - keep]; the sizes are
 * those of a quarter, a half or three quarters of the text with some room for chance, or the plan itself if none fits.
 * @throws RangeError if a size does not fit the others.
 *
 * @example
 * ```ts
 * const plan = randomMask(key(0), { length: 64, maskRatio: 0.75 });
 * leaveOutPadding(plan, paddingMask, 4).idsHidden.shape; // [4, 14] where captions have 15 pieces
 * ```
 */
export function leaveOutPadding(
  plan: MaskPlan,
  paddingMask: ArrayLike<number>,
  batch: number,
): MaskPlan | TrimmedMaskPlan {
  requireArrays(plan);
  requireList('paddingMask', paddingMask, 'Give each token one entry, 1 = padding.');
  const [rows, length] = plan.mask.shape as [number, number];
  const given = paddingMask.length;
  throwFaults([
    rowsFault(rows, batch),
    given !== batch * length &&
      faultOf('paddingMask', `of ${batch} * ${length} entries`, given, 'Give each token one entry.'),
  ]);
  const isPadding = (row: number, place: number) => paddingMask[row * length + place]! > 0;
  const real = ({ data: ids }: PlanArray) =>
    Array.from({ length: batch }, (_, row) => {
      const count = ids.length / rows;
      const start = rows === 1 ? 0 : row * count;
      return [...ids.subarray(start, start + count)].filter((place) => !isPadding(row, place));
    });
  const [kept, hidden] = [real(plan.idsKeep), real(plan.idsHidden)];
  const size = levels
    .map((level) => sizeAt(level, plan))
    .find(({ keep, hide }) => longest(kept) <= keep && longest(hidden) <= hide);
  if (!size) return plan;
  const fill = (lists: number[][], count: number) => {
    const ids = new Int32Array(batch * count);
    lists.forEach((list, row) => {
      const filler = list.length < count ? firstPadding(paddingMask, row, length) : 0;
      for (let i = 0; i < count; i++) ids[row * count + i] = list[i] ?? filler;
    });
    return { shape: [batch, count], data: ids };
  };
  return { mask: plan.mask, idsKeep: fill(kept, size.keep), idsHidden: fill(hidden, size.hide) };
}

const longest = (lists: readonly number[][]): number => Math.max(...lists.map((list) => list.length));

/** Room for chance: half as many visible places again, and a few hidden ones. */
function sizeAt(level: number, { idsKeep, mask }: MaskPlan): { keep: number; hide: number } {
  const [keep, length] = [idsKeep.shape[1]!, mask.shape[1]!];
  return {
    keep: Math.min(keep, Math.ceil(keep * level * 1.5) + 1),
    hide: Math.min(length - keep, Math.ceil((length - keep) * level * 1.1)),
  };
}

/** An example with room to fill has padding: its real tokens are fewer than its places. */
function firstPadding(paddingMask: ArrayLike<number>, row: number, length: number): number {
  for (let place = 0; place < length; place++) if (paddingMask[row * length + place]! > 0) return place;
  return 0;
}

/** Which hidden tokens count, and how much. */
export interface RealHiddenTokens {
  readonly [name: string]: PlanArray;
  /** Places in the flattened [batch * hidden] of hidden tokens that are not padding; the rest repeat place 0: [count]. */
  readonly rows: PlanArray;
  /** 1 / (batch * real hidden tokens of the example), 0 where `rows` is filled up: [count]. */
  readonly weights: PlanArray;
}

/** Counts are rounded up to so many parts of all hidden tokens, because each count is traced once. */
const countLevels = 8;

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
  const step = Math.max(1, Math.ceil((batch * hidden) / countLevels));
  const count = Math.min(batch * hidden, Math.max(1, Math.ceil(places.length / step)) * step);
  const rows = new Int32Array(count);
  const weights = new Float32Array(count);
  rows.set(places);
  weights.set(shares);
  return { rows: { shape: [count], data: rows }, weights: { shape: [count], data: weights } };
}
