import { foldIn, key, uniform } from '@m3ae/random';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { drawMixing, type Mixing, mixPatches, patchify, softTargets, symmetricBeta } from '../src/index.js';
import { readFixture } from './fixtures.js';

const { points, cdf } = readFixture<{ points: number[]; cdf: Record<string, number[]> }>('mixing.json');
const both = { mixup: 0.8, cutmix: 1, switchProbability: 0.5 };
const size = { width: 12, height: 8 };

describe('Beta numbers', () => {
  test.each(Object.entries(cdf))('with parameter %s are distributed as by SciPy', (alpha, expected) => {
    const count = 4000;
    const drawn = Array.from({ length: count }, (_, i) => symmetricBeta(foldIn(key(3), i), Number(alpha)));
    points.forEach((point, at) => {
      const share = drawn.filter((value) => value <= point).length / count;
      expect(Math.abs(share - expected[at]!)).toBeLessThan(4 * Math.sqrt(0.25 / count));
    });
  });

  test('stay within 0 and 1, even for tiny parameters', () => {
    for (const alpha of [1e-6, 1e-3, 1e6]) {
      for (let i = 0; i < 50; i++) {
        const value = symmetricBeta(foldIn(key(0), i), alpha);
        expect(value >= 0 && value <= 1).toBe(true);
      }
    }
  });
});

describe('how a batch is mixed', () => {
  const drawn = (options: typeof both) =>
    Array.from({ length: 400 }, (_, step) => drawMixing(foldIn(key(1), step), size, options));

  test('is drawn anew in each step, and the same again for the same key', () => {
    const mixings = drawn(both);
    expect(new Set(mixings.map((mixing) => JSON.stringify(mixing))).size).toBeGreaterThan(200);
    expect(drawn(both)).toEqual(mixings);
  });

  test.each([
    [{ ...both, mixup: 0, cutmix: 0 }, 0, 0],
    [{ ...both, cutmix: 0 }, 1, 0],
    [{ ...both, mixup: 0 }, 0, 1],
    [{ ...both, switchProbability: 0.25 }, 0.75, 0.25],
    [{ ...both, switchProbability: 1 }, 0, 1],
  ])('follows the parameters %j', (options, mixup, cutmix) => {
    const share = (kind: Mixing['kind']) => drawn(options).filter((one) => one.kind === kind).length / 400;
    expect(Math.abs(share('mixup') - mixup)).toBeLessThan(0.09);
    expect(Math.abs(share('cutmix') - cutmix)).toBeLessThan(0.09);
  });

  // The rule of the reference: side = int(size * sqrt(1 - lambda)), clipped; the weight is the area that is left.
  test('a box lies in the picture, has its proportions unless cut off, and the weight is what it leaves', () => {
    const boxes = drawn({ ...both, mixup: 0 }).filter((one) => one.kind === 'cutmix');
    for (const { box, weight } of boxes) {
      expect(box.left >= 0 && box.top >= 0 && box.width >= 0 && box.height >= 0).toBe(true);
      expect(box.left + box.width <= size.width && box.top + box.height <= size.height).toBe(true);
      expect(weight).toBeCloseTo(1 - (box.width * box.height) / 96, 12);
    }
    const inside = boxes.filter(({ box: { left, top, width, height } }) => {
      return left > 0 && top > 0 && left + width < 12 && top + height < 8;
    });
    expect(inside.length).toBeGreaterThan(20);
    for (const { box } of inside) expect(Math.abs(box.width / 12 - box.height / 8)).toBeLessThan(1 / 8);
    expect(Math.min(...boxes.map(({ weight }) => weight))).toBeLessThan(0.3);
  });

  test.each([
    [{ ...both, mixup: -1 }, 'mixup must be a number of at least 0; received -1. Use 0 to leave it out.'],
    [{ ...both, cutmix: NaN }, 'cutmix must be a number of at least 0; received NaN. Use 0 to leave it out.'],
    [
      { ...both, switchProbability: 50 },
      'switchProbability must be in [0, 1]; received 50. Write one half as 0.5.',
    ],
  ])('refuses %j', (options, message) => {
    expect(() => drawMixing(key(0), size, options)).toThrow(message);
  });
});

describe('mixed pictures', () => {
  const layout = { batch: 3, columns: 3, patchSize: 4, channels: 3 };
  const pictures = Array.from({ length: 3 }, (_, i) => uniform(key(i), 8 * 12 * 3));
  const grid = { width: 12, height: 8, channels: 3, patchSize: 4 } as const;
  const join = (parts: ArrayLike<number>[]) => Float32Array.from(parts.flatMap((part) => Array.from(part)));
  const patches = join(pictures.map((picture) => patchify(picture, grid)));

  // Oracle: mixes whole pictures pixel by pixel, then cuts them into patches.
  function slowly(mixing: Mixing): Float32Array {
    const mixed = pictures.map((own, i) => {
      const partner = pictures[2 - i]!;
      return own.map((value, at) => {
        const [y, x] = [Math.floor(at / 36), Math.floor((at % 36) / 3)];
        if (mixing.kind === 'none') return value;
        if (mixing.kind === 'mixup') return mixing.weight * value + (1 - mixing.weight) * partner[at]!;
        const { left, top, width, height } = mixing.box;
        return x >= left && x < left + width && y >= top && y < top + height ? partner[at]! : value;
      });
    });
    return join(mixed.map((picture) => patchify(picture, grid)));
  }

  test('are those of the slow way, and the given ones stay as they are', () => {
    const before = patches.slice();
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const mixing = drawMixing(key(seed), size, both);
        expect(mixPatches(patches, mixing, layout)).toEqual(slowly(mixing));
      }),
      { numRuns: 60 },
    );
    expect(mixPatches(patches, { kind: 'none' }, layout)).toBe(patches);
    expect(patches).toEqual(before);
  });

  test('need the whole batch', () => {
    expect(() => mixPatches(patches.subarray(1), { kind: 'none' }, layout)).toThrow(
      'patches must be a multiple of batch 3 long; received 863. Pass all pictures of the batch.',
    );
  });
});

describe('targets', () => {
  // Spec 7.2: one-hot, y (1 - s) + s / K, then mixed with the reversed batch.
  test('are smoothed once and then mixed', () => {
    const found = softTargets(Int32Array.of(2, 0, 2), {
      classes: 4,
      labelSmoothing: 0.2,
      mixing: { kind: 'mixup', weight: 0.75 },
    });
    const rows = [
      [0, 0, 1, 0],
      [1, 0, 0, 0],
      [0, 0, 1, 0],
    ];
    const smooth = rows.map((row) => row.map((value) => value * 0.8 + 0.2 / 4));
    const expected = smooth.flatMap((row, i) =>
      row.map((value, k) => 0.75 * value + 0.25 * smooth[2 - i]![k]!),
    );
    found.forEach((value, at) => expect(value).toBeCloseTo(expected[at]!, 6));
  });

  test('add up to 1, whatever the mixing', () => {
    fc.assert(
      fc.property(fc.nat(), fc.double({ min: 0, max: 0.9, noNaN: true }), (seed, labelSmoothing) => {
        const mixing = drawMixing(key(seed), size, both);
        const found = softTargets(Int32Array.of(0, 1, 2, 3), { classes: 5, labelSmoothing, mixing });
        for (let row = 0; row < 4; row++) {
          const sum = found.subarray(row * 5, row * 5 + 5).reduce((total, value) => total + value, 0);
          expect(sum).toBeCloseTo(1, 5);
        }
      }),
    );
  });

  test('refuse a label that is no class, and a smoothing out of range', () => {
    expect(() => softTargets(Int32Array.of(0, 4), { classes: 4 })).toThrow(
      'labels must be in [0, 4); received 4. Count the classes anew, or leave the example out.',
    );
    expect(() => softTargets(Int32Array.of(-1), { classes: 4 })).toThrow(
      'labels must be in [0, 4); received -1.',
    );
    expect(() => softTargets(Int32Array.of(0), { classes: 4, labelSmoothing: 10 })).toThrow(
      'labelSmoothing must be in [0, 1); received 10. Write a tenth as 0.1, not 10.',
    );
  });
});
