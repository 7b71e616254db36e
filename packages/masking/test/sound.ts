import { expect } from 'vitest';
import type { MaskPlan } from '../src/index.js';

/** Expects the arrays of a plan to agree with each other, by walking every place of every row. */
export function expectSound({ rows, length, keep, idsKeep, idsHidden, idsRestore, mask }: MaskPlan): void {
  const hidden = length - keep;
  expect([idsKeep.length, idsHidden.length, idsRestore.length, mask.length]).toEqual(
    [keep, hidden, length, length].map((width) => width * rows),
  );
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
