import { readFileSync } from 'node:fs';
import { key, uniform } from '@m3ae/random';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { faultsOf } from '../../errors/test/faults-of.js';
import { keepLength, type MaskPlan, planFromMask, planFromNoise, randomMask } from '../src/index.js';
import { expectSound, keepOf } from './sound.js';

// Oracle: rank by counting, O(n^2), with no sort and no inverse permutation.
function rankByCounting(noise: ArrayLike<number>, token: number): number {
  let rank = 0;
  for (let other = 0; other < noise.length; other++) {
    if (noise[other]! < noise[token]! || (noise[other] === noise[token] && other < token)) rank++;
  }
  return rank;
}

const rowOf = (values: Int32Array | Float32Array, plan: MaskPlan, row: number) => {
  const length = plan.mask.shape[1]!;
  return values.subarray(row * length, (row + 1) * length);
};

describe('keepLength', () => {
  const cases = JSON.parse(readFileSync(new URL('./fixtures/keep-length.json', import.meta.url), 'utf8')) as [
    number,
    number,
    number,
  ][];

  test.each(cases)('(%d, %d) is %d', (length, ratio, expected) => {
    expect(keepLength(length, ratio)).toBe(expected);
  });

  // Measured on the reference; the last two are the traps of floating point.
  test.each([
    [256, 0.75, 64],
    [256, 0.15, 217],
    [64, 0.9, 6],
    [64, 0.15, 54],
    [20, 0.9, 1],
    [100, 0.8, 19],
  ])('(%d, %d) is %d in the reference', (length, ratio, expected) => {
    expect(keepLength(length, ratio)).toBe(expected);
  });

  test('bad arguments are named together, with the remedy', () => {
    expect(() => keepLength(256, 75)).toThrow(
      'maskRatio must be in [0, 1]; received 75. Write three quarters as 0.75, not 75.',
    );
    expect(() => keepLength(0.5, Number.NaN)).toThrow(
      /^length must be a positive integer; received 0.5.*\nmaskRatio must be in \[0, 1\]; received NaN/,
    );
  });
});

describe('planFromNoise', () => {
  test('the example of the specification: noise .7 .1 .5 .3, two kept', () => {
    const plan = planFromNoise([0.7, 0.1, 0.5, 0.3], 1, 4, 0.5);
    expect([...plan.idsKeep.data]).toEqual([1, 3]);
    expect([...plan.idsHidden.data]).toEqual([2, 0]);
    expect([...plan.idsRestore.data]).toEqual([3, 0, 2, 1]);
    expect([...plan.mask.data]).toEqual([1, 0, 1, 0]);
  });

  test('idsRestore is the rank of each token, and the mask hides the highest ranks', () => {
    const ratios = fc.double({ min: 0, max: 1, noNaN: true });
    const sizes = fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 40 }));
    fc.assert(
      fc.property(
        fc.nat(),
        sizes,
        ratios,
        fc.constantFrom(1, 3, 1000),
        (seed, [rows, length], ratio, grain) => {
          // Coarse noise has ties.
          const noise = uniform(key(seed), rows * length).map((u) => Math.round(u * grain) / grain);
          const plan = planFromNoise(noise, rows, length, ratio);
          expectSound(plan);
          for (let row = 0; row < rows; row++) {
            for (let token = 0; token < length; token++) {
              const rank = rankByCounting(rowOf(noise, plan, row), token);
              expect(plan.idsRestore.data[row * length + token]).toBe(rank);
              expect(plan.mask.data[row * length + token]).toBe(rank < keepOf(plan) ? 0 : 1);
            }
          }
        },
      ),
    );
  });

  test('negative, tiny and infinite noise is ordered too, and -0 equals 0', () => {
    const values = fc.oneof(
      fc.float({ noNaN: true }),
      fc.constantFrom(0, -0, Infinity, -Infinity, 1e-45, -1e-45),
    );
    fc.assert(
      fc.property(fc.array(values, { minLength: 1, maxLength: 30 }), (noise) => {
        const { idsRestore } = planFromNoise(Float32Array.from(noise), 1, noise.length, 0.5);
        expect([...idsRestore.data]).toEqual(
          noise.map((_, token) => rankByCounting(Float32Array.from(noise), token)),
        );
      }),
    );
  });

  test('ties at the highest bits of a long sequence stay in order', () => {
    const length = 2 ** 16;
    const plan = planFromNoise(new Float32Array(length).fill(Infinity), 1, length, 0.5);
    expect(plan.idsRestore.data.every((place, token) => place === token)).toBe(true);
    expect(() => keepLength(2 ** 21 + 1, 0.5)).toThrow('length must be at most 2097152; received 2097153.');
  });

  test('hiding everything is legal, as in the reference', () => {
    const plan = planFromNoise([0.2, 0.1], 1, 2, 1);
    expect(keepOf(plan)).toBe(0);
    expect([...plan.idsHidden.data]).toEqual([1, 0]);
    expect([...plan.mask.data]).toEqual([1, 1]);
  });

  test.each<[Parameters<typeof planFromNoise>, string]>([
    [[[0.1, 0.2], 1, 3, 0.5], 'noise must be of 1 * 3 numbers; received 2 of them. Draw one number a token.'],
    [[[0.1, Number.NaN], 1, 2, 0.5], 'noise must be free of NaN; received NaN at place 1.'],
    [
      [[], 0, 3, 0.5],
      'rows must be a positive integer; received 0. Pass 1 to share the mask, or the batch size.',
    ],
    [[[0.5], 1, 1, -0.1], 'maskRatio must be in [0, 1]; received -0.1.'],
  ])('%j is refused', (args, message) => {
    expect(() => planFromNoise(...args)).toThrow(message);
  });
});

describe('randomMask', () => {
  test('the same key gives the same plan, another key another', () => {
    const options = { length: 64, maskRatio: 0.5, rows: 3 };
    expect(randomMask(key(3), options)).toEqual(randomMask(key(3), options));
    expect(randomMask(key(3), options).mask).not.toEqual(randomMask(key(4), options).mask);
  });

  test('one row by default; rows differ', () => {
    expect(randomMask(key(0), { length: 64, maskRatio: 0.5 }).mask.shape[0]).toBe(1);
    const plan = randomMask(key(0), { length: 64, maskRatio: 0.5, rows: 2 });
    expect(rowOf(plan.mask.data, plan, 0)).not.toEqual(rowOf(plan.mask.data, plan, 1));
  });

  test('every token is hidden equally often', () => {
    const plan = randomMask(key(1), { length: 16, maskRatio: 0.75, rows: 8000 });
    for (let token = 0; token < 16; token++) {
      let hidden = 0;
      for (let row = 0; row < 8000; row++) hidden += plan.mask.data[row * 16 + token]!;
      expect(Math.abs(hidden / 8000 - 0.75)).toBeLessThan(0.022); // 4.5 deviations
    }
  });

  test('a ratio that leaves no token is an error, unless allowed', () => {
    expect(() => randomMask(key(0), { length: 10, maskRatio: 0.9 })).toThrow(
      'maskRatio must be low enough to leave a visible token of length 10; received 0.9. trunc(10 * (1 - 0.9)) is 0: ' +
        'lower it, lengthen the sequence, or pass allowEmpty: true.',
    );
    expect(randomMask(key(0), { length: 10, maskRatio: 0.9, allowEmpty: true }).idsKeep.shape).toEqual([
      1, 0,
    ]);
  });

  test('a misspelled option does not mean the default', () => {
    const options = { length: 10, maskRatio: 0.5, maskRation: 0.9 };
    expect(faultsOf(() => randomMask(key(0), options))).toMatchObject([
      { path: 'maskRation', remedy: 'Did you mean maskRatio?' },
    ]);
  });

  test.each([{ length: '16' }, { maskRatio: '0.5' }, { allowEmpty: 'no' }, { rows: true }])(
    'text does not pass for a number, nor a word for yes or no: %o',
    (wrong) => {
      const options = { length: 16, maskRatio: 0.5, ...(wrong as object) };
      expect(faultsOf(() => randomMask(key(0), options))).toMatchObject([{ path: Object.keys(wrong)[0] }]);
    },
  );

  test('all faults at once', () => {
    expect(() => randomMask(key(0), { length: -1, maskRatio: 2, rows: 0 })).toThrow(
      /length.*\nmaskRatio.*\nrows/,
    );
  });
});

describe('planFromMask', () => {
  test('keeps what was given, each group in order of position', () => {
    const plan = planFromMask([0, 1, 1, 0, 1, 0, 1, 0], 2);
    expectSound(plan);
    expect([...plan.mask.data]).toEqual([0, 1, 1, 0, 1, 0, 1, 0]);
    expect([...plan.idsKeep.data]).toEqual([0, 3, 1, 3]);
    expect([...plan.idsHidden.data]).toEqual([1, 2, 0, 2]);
  });

  test('takes booleans', () => expect(planFromMask([true, false]).idsKeep.data).toEqual(Int32Array.of(1)));

  test.each<[ArrayLike<number>, number, string]>([
    [[0, 1, 1, 1], 2, 'mask must be hiding as many tokens in every row; received 1, 2 hidden.'],
    [[0, 0.5], 1, 'mask must be 0 or 1 everywhere; received 0.5 at place 1. 1 hides the token, 0 shows it.'],
    [[], 1, 'mask must be of the same positive length in each of 1 rows; received 0 values.'],
    [[0, 1, 1], 2, 'mask must be of the same positive length in each of 2 rows; received 3 values.'],
  ])('%j in %d rows is refused', (mask, rows, message) => {
    expect(() => planFromMask(mask, rows)).toThrow(message);
  });
});
