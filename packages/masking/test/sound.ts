import { expect } from 'vitest';
import type { MaskPlan } from '../src/index.js';

/** Visible tokens of each row. */
export const keepOf = ({ idsKeep }: MaskPlan): number => idsKeep.shape[1]!;

/** Expects the arrays of a plan to agree with each other, by walking every place of every row. */
export function expectSound(plan: MaskPlan): void {
  const [rows, length] = plan.mask.shape as [number, number];
  const keep = keepOf(plan);
  const hidden = length - keep;
  for (const [leaf, width] of [
    [plan.idsKeep, keep],
    [plan.idsHidden, hidden],
    [plan.idsRestore, length],
    [plan.mask, length],
  ] as const) {
    expect(leaf.shape).toEqual([rows, width]);
    expect(leaf.data).toHaveLength(rows * width);
  }
  const [idsKeep, idsHidden] = [plan.idsKeep.data, plan.idsHidden.data];
  const [idsRestore, mask] = [plan.idsRestore.data, plan.mask.data];
  for (let row = 0; row < rows; row++) {
    const shuffle = [
      ...idsKeep.subarray(row * keep, (row + 1) * keep),
      ...idsHidden.subarray(row * hidden, (row + 1) * hidden),
    ];
    expect([...shuffle].sort((a, b) => a - b)).toEqual(Array.from({ length }, (_, i) => i));
    for (const [place, token] of shuffle.entries()) {
      expect(idsRestore[row * length + token]).toBe(place);
      expect(mask[row * length + token]).toBe(place < keep ? 0 : 1);
    }
  }
}
