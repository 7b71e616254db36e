import { key, uniform } from '@m3ae/random';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { faultsOf } from '../../errors/test/faults-of.js';
import {
  blockMask,
  keepLength,
  type MaskChoice,
  maskStrategy,
  randomMask,
  spanMask,
  strategies,
} from '../src/index.js';
import { spanLength } from '../src/span-mask.js';
import { expectSound, keepOf } from './sound.js';

/** Share of neighboring pairs (right and down) of hidden patches, among all neighboring pairs. */
function clumping(mask: ArrayLike<number>, rows: number, [height, width]: readonly [number, number]): number {
  let both = 0;
  let pairs = 0;
  for (let row = 0; row < rows; row++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const at = (dy: number, dx: number) => mask[row * height * width + (y + dy) * width + x + dx]!;
        if (x + 1 < width) [both, pairs] = [both + at(0, 0) * at(0, 1), pairs + 1];
        if (y + 1 < height) [both, pairs] = [both + at(0, 0) * at(1, 0), pairs + 1];
      }
    }
  }
  return both / pairs;
}

/** Runs of 1 in rows of the given length. */
const countRuns = (mask: Int32Array | Float32Array, length: number): number =>
  mask.filter((hidden, i) => hidden === 1 && !(i % length > 0 && mask[i - 1] === 1)).length;

describe('blockMask', () => {
  test('hides exactly as many patches as the ratio says, on any grid', () => {
    const side = fc.integer({ min: 1, max: 18 });
    const ratio = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(
        fc.nat(),
        side,
        side,
        ratio,
        fc.integer({ min: 1, max: 20 }),
        (seed, height, width, maskRatio, minBlock) => {
          const grid = [height, width] as const;
          const plan = blockMask(key(seed), { grid, maskRatio, minBlock, rows: 2, allowEmpty: true });
          expectSound(plan);
          expect(keepOf(plan)).toBe(keepLength(height * width, maskRatio));
        },
      ),
    );
  });

  test('hidden patches are neighbors far more often than in a random mask', () => {
    const grid = [16, 16] as const;
    const blocks = blockMask(key(0), { grid, maskRatio: 0.4, rows: 50 });
    const scattered = randomMask(key(0), { length: 256, maskRatio: 0.4, rows: 50 });
    expect(clumping(scattered.mask.data, 50, grid)).toBeLessThan(0.18); // 0.4 squared is 0.16
    expect(clumping(blocks.mask.data, 50, grid)).toBeGreaterThan(0.28);
  });

  test('a single block of the least area, where only that is asked for, is a rectangle', () => {
    for (let seed = 0; seed < 40; seed++) {
      const grid = [12, 12] as const;
      const mask = blockMask(key(seed), { grid, maskRatio: 16 / 144, minAspect: 1 }).mask.data; // 4 x 4
      const cells = [...mask.keys()].filter((cell) => mask[cell] === 1);
      const extent = (of: (cell: number) => number) =>
        Math.max(...cells.map(of)) - Math.min(...cells.map(of)) + 1;
      expect(cells).toHaveLength(16);
      expect([extent((cell) => Math.floor(cell / 12)), extent((cell) => cell % 12)]).toEqual([4, 4]);
    }
  });

  test('every patch is hidden at times, rows differ, the key decides', () => {
    const plan = blockMask(key(2), { grid: [8, 8], maskRatio: 0.5, rows: 200 });
    for (let cell = 0; cell < 64; cell++) {
      let hidden = 0;
      for (let row = 0; row < 200; row++) hidden += plan.mask.data[row * 64 + cell]!;
      expect(hidden).toBeGreaterThan(20);
      expect(hidden).toBeLessThan(190);
    }
    expect(blockMask(key(2), { grid: [8, 8], maskRatio: 0.5, rows: 200 })).toEqual(plan);
    expect(plan.mask.data.subarray(0, 64)).not.toEqual(plan.mask.data.subarray(64, 128));
  });

  test.each<[object, string]>([
    [
      { grid: [0, 4] },
      'grid must be two positive integers; received [0, 4]. Pass [rows, columns] of the patches.',
    ],
    [{ minBlock: 0.5 }, 'minBlock must be a positive integer; received 0.5.'],
    [{ minAspect: 2 }, 'minAspect must be in (0, 1]; received 2.'],
    [{ maskRatio: 40 }, 'maskRatio must be in [0, 1]; received 40.'],
    [{ minblock: 4 }, 'received minblock. Did you mean minBlock?'],
    [
      { maskRatio: 0.99 },
      'maskRatio must be low enough to leave a visible token of length 16; received 0.99.',
    ],
  ])('%j is refused', (change, message) => {
    expect(() => blockMask(key(0), { grid: [4, 4], maskRatio: 0.5, ...change })).toThrow(message);
  });
});

describe('spanMask', () => {
  test('hides exactly as many tokens as the ratio says', () => {
    const ratio = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(
        fc.nat(),
        fc.integer({ min: 1, max: 80 }),
        ratio,
        fc.integer({ min: 1, max: 12 }),
        (seed, length, maskRatio, maxSpan) => {
          const plan = spanMask(key(seed), { length, maskRatio, maxSpan, rows: 2, allowEmpty: true });
          expectSound(plan);
          expect(keepOf(plan)).toBe(keepLength(length, maskRatio));
        },
      ),
    );
  });

  test('span lengths have the distribution of SpanBERT', () => {
    // Closed form: P(n) is proportional to 0.2 * 0.8^(n - 1), n = 1 … 10; its mean is 3.8.
    const weights = Array.from({ length: 10 }, (_, i) => 0.8 ** i);
    const total = weights.reduce((a, b) => a + b);
    const counts = Array.from({ length: 11 }, () => 0);
    const draws = 100_000;
    for (const draw of uniform(key(0), draws)) counts[spanLength(draw, 0.2, 10)]!++;
    weights.forEach((weight, i) =>
      expect(Math.abs(counts[i + 1]! / draws - weight / total)).toBeLessThan(0.006),
    );
    expect(counts[0]).toBe(0);
    const mean = counts.reduce((sum, count, span) => sum + count * span, 0) / draws;
    expect(Math.abs(mean - 3.8)).toBeLessThan(0.04);
  });

  test('the extremes of a span', () => {
    expect(spanLength(0, 0.2, 10)).toBe(1);
    expect(spanLength(1 - 2 ** -23, 0.2, 10)).toBe(10);
    expect(spanLength(0.7, 1, 10)).toBe(1);
    expect(spanLength(0.99, 0.2, 1)).toBe(1);
  });

  test('hidden tokens come in runs, not singly', () => {
    const options = { length: 200, maskRatio: 0.15, rows: 100 };
    expect(3000 / countRuns(randomMask(key(0), options).mask.data, 200)).toBeLessThan(1.3);
    expect(3000 / countRuns(spanMask(key(0), options).mask.data, 200)).toBeGreaterThan(3);
  });

  test('the end of the sequence is hidden about as often as its middle', () => {
    const plan = spanMask(key(0), { length: 40, maskRatio: 0.3, rows: 3000 });
    for (let token = 4; token < 40; token++) {
      let hidden = 0;
      for (let row = 0; row < 3000; row++) hidden += plan.mask.data[row * 40 + token]!;
      expect(Math.abs(hidden / 3000 - 0.3)).toBeLessThan(0.08);
    }
  });

  test.each<[object, string]>([
    [{ endProbability: 0 }, 'endProbability must be in (0, 1]; received 0.'],
    [{ maxSpan: 0 }, 'maxSpan must be a positive integer; received 0.'],
    [{ maxspan: 3 }, 'received maxspan. Did you mean maxSpan?'],
    [
      { maskRatio: 0.95 },
      'maskRatio must be low enough to leave a visible token of length 16; received 0.95.',
    ],
  ])('%j is refused', (change, message) => {
    expect(() => spanMask(key(0), { length: 16, maskRatio: 0.5, ...change })).toThrow(message);
  });
});

describe('strategies', () => {
  const request = { length: 256, maskRatio: 0.75, rows: 3 };
  const grid = [16, 16] as const;

  test.each(['random', 'block', 'span'] as const)(
    '%s: rows from the middle of a draw are those of the whole',
    (name) => {
      const whole = strategies[name](key(4), { ...request, grid, rows: 7 });
      const part = strategies[name](key(4), { ...request, grid, firstRow: 4 });
      for (const field of ['idsKeep', 'idsHidden', 'idsRestore', 'mask'] as const) {
        const { shape, data } = whole[field];
        expect(part[field].data).toEqual(data.slice(4 * shape[1]!));
      }
      expect(faultsOf(() => strategies[name](key(4), { ...request, grid, firstRow: -1 }))).toMatchObject([
        { path: 'firstRow' },
      ]);
    },
  );

  test('each named one is its function, whether a grid is there or not', () => {
    expect(strategies.random(key(0), { ...request, grid })).toEqual(randomMask(key(0), request));
    expect(strategies.span(key(0), { ...request, grid })).toEqual(spanMask(key(0), request));
    const blocks = blockMask(key(0), { grid, maskRatio: 0.75, rows: 3 });
    expect(strategies.block(key(0), { ...request, grid })).toEqual(blocks);
  });

  test('options reach the function; a function of one’s own is taken as it is', () => {
    const small = maskStrategy({ strategy: 'block', minBlock: 4, minAspect: 0.5 });
    expect(small(key(1), { ...request, grid })).toEqual(
      blockMask(key(1), { grid, maskRatio: 0.75, rows: 3, minBlock: 4, minAspect: 0.5 }),
    );
    const short = maskStrategy({ strategy: 'span', maxSpan: 2 });
    expect(short(key(1), request)).toEqual(spanMask(key(1), { ...request, maxSpan: 2 }));
    const own = () => randomMask(key(9), request);
    expect(maskStrategy({ strategy: own })).toBe(own);
  });

  test.each<[object, string, string]>([
    [{ strategy: 'blocks' }, 'strategy', 'blocks'],
    [{ strategy: 'span', maxspan: 3 }, 'maxspan', 'maxspan'],
    [{ strategy: 'random', minBlock: 3 }, 'minBlock', '3'],
  ])('%j is refused', (choice, path, received) => {
    expect(faultsOf(() => maskStrategy(choice as MaskChoice))).toMatchObject([{ path, received }]);
  });

  test('blocks need the grid, and one that fits', () => {
    expect(faultsOf(() => strategies.block(key(0), request))).toMatchObject([{ received: 'block' }]);
    expect(faultsOf(() => strategies.block(key(0), { ...request, grid: [8, 8] }))).toMatchObject([
      { path: 'grid', received: '[8,8]' },
    ]);
  });
});
