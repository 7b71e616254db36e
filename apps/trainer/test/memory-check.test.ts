import { describe, expect, test } from 'vitest';
import { resolveConfig } from '../src/config/resolve.js';
import { checkMemory } from '../src/run/memory-check.js';
import { estimateMemory } from '../src/run/memory-estimate.js';
import { modelConfig } from '../src/run/step-config.js';

const gigabyte = 1e9;
const source = { kind: 'folder', path: 'pictures' } as const;

describe('micro-batches in one graph', () => {
  const gigabytesOf = (size: string, batchSize: number, accumulate: number, engine = 'compiled') => {
    const config = resolveConfig({
      data: { source, queueSize: 1, workers: 0 },
      image: { size: 256 },
      model: { size },
      train: { steps: 1, batchSize, accumulate, engine },
    });
    const model = modelConfig(config, 30_522);
    return {
      estimate: estimateMemory(config, model) / gigabyte,
      verdict: checkMemory(config, model, Infinity),
    };
  };

  // Peaks of two steps, one thread.
  test.each([
    ['small', 1, 1, 1.52],
    ['small', 8, 8, 3.09],
    ['small', 8, 1, 2.47],
    ['small', 32, 4, 6.78],
    ['base', 2, 2, 3.13],
    ['base', 4, 1, 3.28],
    ['base', 16, 1, 5.41],
    ['large', 1, 1, 6.53],
  ])(
    '%s, %i examples in %i parts: the estimate is near the %f GB that were measured',
    (size, batch, parts, peak) => {
      const { estimate } = gigabytesOf(size, batch, parts);
      expect(estimate).toBeGreaterThan(0.95 * peak);
      expect(estimate).toBeLessThan(1.5 * peak);
    },
  );

  test('they need as much as the whole batch at once, and more', () => {
    expect(gigabytesOf('small', 32, 4).estimate).toBeGreaterThan(gigabytesOf('small', 32, 1).estimate);
    expect(gigabytesOf('small', 32, 4, 'eager:cpu').estimate).toBeLessThan(
      gigabytesOf('small', 32, 1).estimate,
    );
  });

  test('more than the graph can hold are refused on any machine, with what to set instead', () => {
    expect(gigabytesOf('small', 1024, 64).verdict).toEqual({});
    expect(gigabytesOf('small', 4096, 256).verdict.fault).toMatch(
      /^train\.accumulate must be at most 64, .* received 256\. Set train\.batchSize to at most 1024 /,
    );
    expect(gigabytesOf('small', 4096, 256, 'eager:cpu').verdict).toEqual({});
  });
});
