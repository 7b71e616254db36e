import { describe, expect, test } from 'vitest';
import { resolveConfig } from '../src/config/resolve.js';
import { estimateMemory } from '../src/run/memory-estimate.js';
import { modelConfig } from '../src/run/step-config.js';

const gigabyte = 1e9;
const source = { kind: 'folder', path: 'pictures' } as const;

describe('the estimate of memory', () => {
  const gigabytesOf = (size: string, train: object, words?: number) => {
    const config = resolveConfig({
      data: { source, workers: 1 },
      image: { size: 256 },
      model: { size },
      train: { steps: 1, ...train },
    });
    return estimateMemory(config, modelConfig(config, 30_522), words) / gigabyte;
  };

  // Peaks of two steps, two threads, captions of at most 31 word pieces.
  test.each([
    ['small', { batchSize: 1 }, 1.72],
    ['small', { batchSize: 4 }, 1.85],
    ['small', { batchSize: 8 }, 2.23],
    ['small', { batchSize: 16 }, 2.91],
    ['small', { batchSize: 16, precision: 'bf16' }, 2.71],
    ['small', { batchSize: 16, recompute: 'blocks' }, 2.19],
    ['small', { batchSize: 16, accumulate: 4 }, 2.35],
    ['base', { batchSize: 4 }, 2.96],
    ['base', { batchSize: 16 }, 4.14],
    ['large', { batchSize: 1 }, 6.57],
  ])('%s, %o: the estimate is near the %f GB that were measured', (size, train, peak) => {
    const estimate = gigabytesOf(size, train, 31);
    expect(estimate).toBeGreaterThan(0.85 * peak);
    expect(estimate).toBeLessThan(1.15 * peak);
  });

  test('it counts one micro-batch, however many there are', () => {
    expect(gigabytesOf('small', { batchSize: 4096, accumulate: 256 })).toBe(
      gigabytesOf('small', { batchSize: 32, accumulate: 2 }),
    );
    expect(gigabytesOf('small', { batchSize: 32, accumulate: 2 })).toBeLessThan(
      gigabytesOf('small', { batchSize: 32 }),
    );
  });
});
