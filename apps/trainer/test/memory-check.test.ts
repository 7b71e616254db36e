import { describe, expect, test } from 'vitest';
import { resolveConfig } from '../src/config/resolve.js';
import { estimateMemory } from '../src/run/memory-estimate.js';
import { modelConfig } from '../src/run/step-config.js';

const gigabyte = 1e9;
const source = { kind: 'folder', path: 'pictures' } as const;

describe('the estimate of memory', () => {
  const gigabytesOf = (size: string, batchSize: number, accumulate: number) => {
    const config = resolveConfig({
      data: { source, queueSize: 1, workers: 0 },
      image: { size: 256 },
      model: { size },
      train: { steps: 1, batchSize, accumulate },
    });
    return estimateMemory(config, modelConfig(config, 30_522)) / gigabyte;
  };

  // Peaks of two steps, one thread.
  test.each([
    ['small', 1, 1, 1.52],
    ['small', 8, 1, 2.47],
    ['base', 4, 1, 3.28],
    ['base', 16, 1, 5.41],
    ['large', 1, 1, 6.53],
  ])(
    '%s, %i examples in %i parts: the estimate is near the %f GB that were measured',
    (size, batch, parts, peak) => {
      const estimate = gigabytesOf(size, batch, parts);
      expect(estimate).toBeGreaterThan(0.85 * peak);
      expect(estimate).toBeLessThan(1.15 * peak);
    },
  );

  test('it counts one micro-batch, however many there are', () => {
    expect(gigabytesOf('small', 4096, 256)).toBe(gigabytesOf('small', 32, 2));
    expect(gigabytesOf('small', 32, 2)).toBeLessThan(gigabytesOf('small', 32, 1));
  });
});
