import { key } from '@m3ae/random';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { leaveOutPadding, randomMask } from '../src/index.js';

/** The ids of one example: row 0 if the array is shared. */
function idsOf(
  { shape, data }: { shape: readonly number[]; data: ArrayLike<number> },
  example: number,
): number[] {
  const [rows, count] = shape as [number, number];
  return Array.from(data).slice((rows === 1 ? 0 : example) * count, ((rows === 1 ? 0 : example) + 1) * count);
}

test('the real tokens are those of the plan, in its order; whatever else is there is padding', () => {
  const sizes = fc.record({
    seed: fc.nat(),
    length: fc.integer({ min: 1, max: 40 }),
    shared: fc.boolean(),
    maskRatio: fc.double({ min: 0, max: 1, noNaN: true }),
    real: fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 3, maxLength: 3 }),
  });
  fc.assert(
    fc.property(sizes, ({ seed, length, shared, maskRatio, real }) => {
      const plan = randomMask(key(seed), { length, maskRatio, rows: shared ? 1 : 3, allowEmpty: true });
      const paddingMask = real.flatMap((count) =>
        Array.from({ length }, (_, place) => (place < count ? 0 : 1)),
      );
      const less = leaveOutPadding(plan, paddingMask, 3);
      for (const name of ['idsKeep', 'idsHidden'] as const) {
        expect(less[name].shape[1]).toBeLessThanOrEqual(plan[name].shape[1]!);
        expect(less[name].data).toHaveLength(less[name].shape[0]! * less[name].shape[1]!);
        for (const [example, count] of real.entries()) {
          const isReal = (place: number) => place < count;
          expect(idsOf(less[name], example).filter(isReal)).toEqual(
            idsOf(plan[name], example).filter(isReal),
          );
          expect(idsOf(less[name], example).every((place) => place >= 0 && place < length)).toBe(true);
        }
      }
      expect(less.mask).toEqual(plan.mask);
      // A trimmed plan must not pass for one that puts tokens back.
      expect('idsRestore' in less).toBe(less === plan);
    }),
  );
});

test('short texts take a quarter of the hidden places and a little more', () => {
  const plan = randomMask(key(0), { length: 64, maskRatio: 0.75, rows: 2 });
  const paddingMask = Array.from({ length: 128 }, (_, i) => (i % 64 < 8 ? 0 : 1));
  const { idsKeep, idsHidden } = leaveOutPadding(plan, paddingMask, 2);
  expect([idsKeep.shape, idsHidden.shape]).toEqual([
    [2, 7],
    [2, 14],
  ]);
});

test('full texts keep the whole plan', () => {
  const plan = randomMask(key(0), { length: 64, maskRatio: 0.75, rows: 2 });
  expect(leaveOutPadding(plan, new Float32Array(128), 2)).toBe(plan);
});

test('sizes that do not fit are named together', () => {
  const plan = randomMask(key(0), { length: 8, maskRatio: 0.5, rows: 2 });
  expect(() => leaveOutPadding(plan, [0, 1], 3)).toThrow(
    'plan must be of 1 row or of the batch, 3; received 2 rows. Draw the mask with rows: batch.\n' +
      'paddingMask must be of 3 * 8 entries; received 2. Give each token one entry.',
  );
});
