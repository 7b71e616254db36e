import { faultOf, requireList, throwFaults } from '@m3ae/errors';
import { type MaskPlan, type PlanArray, requireArrays, type TrimmedMaskPlan } from './mask-plan.js';

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
  throwFaults([
    rows !== 1 &&
      rows !== batch &&
      faultOf(
        'plan',
        `of 1 row or of the batch, ${batch}`,
        `${rows} rows`,
        'Draw the mask with rows: batch.',
      ),
    paddingMask.length !== batch * length &&
      faultOf(
        'paddingMask',
        `of ${batch} * ${length} entries`,
        paddingMask.length,
        'Give each token one entry.',
      ),
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
