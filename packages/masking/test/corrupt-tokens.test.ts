import { key, randomInteger } from '@m3ae/random';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { corruptTokens } from '../src/index.js';

const vocabSize = 30522;
const words = (seed: number, count: number) => randomInteger(key(seed), count, 1000, vocabSize);

test('of the chosen tokens 80 % are masked, 10 % replaced, 10 % left', () => {
  const rows = 400;
  const ids = words(0, rows * 100);
  const { tokenIds, mask } = corruptTokens(key(1), ids, { vocabSize, rows });
  const counts = { masked: 0, replaced: 0, left: 0 };
  let strays = 0; // altered without being chosen
  mask.forEach((chosen, i) => {
    if (!chosen) strays += Number(tokenIds[i] !== ids[i]);
    else counts[tokenIds[i] === 103 ? 'masked' : tokenIds[i] === ids[i] ? 'left' : 'replaced']++;
  });
  expect(strays).toBe(0);
  const chosen = rows * 15;
  expect(counts.masked + counts.replaced + counts.left).toBe(chosen);
  expect(Math.abs(counts.masked / chosen - 0.8)).toBeLessThan(0.021); // 4 deviations
  expect(Math.abs(counts.replaced / chosen - 0.1)).toBeLessThan(0.016);
});

test('as many as the share of real tokens, at least one, never padding or a special token', () => {
  const sizes = fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 30 }));
  const ratio = fc.double({ min: 0.01, max: 1, noNaN: true });
  fc.assert(
    fc.property(
      fc.nat(),
      sizes,
      ratio,
      fc.integer({ min: 0, max: 30 }),
      (seed, [rows, length], maskRatio, real) => {
        const ids = words(seed, rows * length);
        const paddingMask = Array.from(ids, (_, i) => (i % length < real ? 0 : 1));
        for (let row = 0; row < rows; row++) ids[row * length] = 101; // [CLS]
        const { mask } = corruptTokens(key(seed), ids, { vocabSize, rows, maskRatio, paddingMask });
        const candidates = Math.max(0, Math.min(real, length) - 1);
        const expected = candidates === 0 ? 0 : Math.max(1, Math.round(maskRatio * candidates));
        for (let row = 0; row < rows; row++) {
          const chosen = [...mask.subarray(row * length, (row + 1) * length)];
          expect(chosen.reduce((a, b) => a + b, 0)).toBe(expected);
          expect(chosen[0]).toBe(0);
          expect(chosen.slice(Math.min(real, length)).every((value) => value === 0)).toBe(true);
        }
      },
    ),
  );
});

test('replacements cover the vocabulary', () => {
  const ids = new Int32Array(5000).fill(7);
  const options = {
    vocabSize: 12,
    maskId: 1,
    specialIds: [0, 1],
    maskRatio: 1,
    maskShare: 0,
    randomShare: 1,
  };
  const { tokenIds, mask } = corruptTokens(key(0), ids, options);
  expect(mask.every((chosen) => chosen === 1)).toBe(true);
  expect(new Set(tokenIds).size).toBe(12);
});

test('the input is left alone, the key decides, rows differ', () => {
  const ids = words(0, 200);
  const before = ids.slice();
  const options = { vocabSize, rows: 2 };
  const first = corruptTokens(key(1), ids, options);
  expect(ids).toEqual(before);
  expect(corruptTokens(key(1), ids, options)).toEqual(first);
  expect(corruptTokens(key(2), ids, options).mask).not.toEqual(first.mask);
  expect(first.mask.subarray(0, 100)).not.toEqual(first.mask.subarray(100));
});

test('a ratio of 0 changes nothing', () => {
  const ids = words(0, 20);
  const { tokenIds, mask } = corruptTokens(key(0), ids, { vocabSize, maskRatio: 0 });
  expect(tokenIds).toEqual(ids);
  expect(Math.max(...mask)).toBe(0);
});

describe('bad arguments', () => {
  test.each<[object, string]>([
    [{ vocabSize: 0 }, 'vocabSize must be a positive integer; received 0.'],
    [{ vocabSize: 500 }, 'tokenIds must be integers in [0, 500); received 999 at place 1. Check vocabSize.'],
    [{ maskRatio: 15 }, 'maskRatio must be in [0, 1]; received 15.'],
    [{ maskShare: 0.95 }, 'maskShare + randomShare must be at most 1; received 1.05'],
    [{ rows: 2 }, 'tokenIds must be of the same length in each of 2 rows; received 3 ids.'],
    [{ maskId: 40000 }, 'maskId must be an integer in [0, 30522); received 40000.'],
    [
      { paddingMask: [0] },
      'paddingMask must be of 3 values; received 1. Pass one value a token, 1 = padding.',
    ],
    [{ maskid: 5 }, 'received maskid. Did you mean maskId?'],
  ])('%j', (change, message) => {
    expect(() => corruptTokens(key(0), [5, 999, 7], { vocabSize, ...change })).toThrow(message);
  });
});
