import { describe, expect, test } from 'vitest';
import { m3aeShapes, type M3aeSize, resolveM3aeConfig } from '@m3ae/transformer';
import { countElements } from '@m3ae/tree';
import { checkMemory, estimateMemory } from '../src/index.js';

const gigabyte = 1e9;

describe('the estimate of memory', () => {
  const gigabytesOf = (size: M3aeSize, train: object, words?: number) => {
    const model = resolveM3aeConfig({ size, patchSize: 16, vocabSize: 30_522 });
    const sizes = {
      method: 'm3ae' as const,
      image: { size: 256, patchSize: 16, maskRatio: 0.75 },
      text: { maxLength: 64, maskRatio: 0.75, leaveOutPadding: true },
      loss: { textAllTokens: false },
      optimizer: { kind: 'adamW' },
      train: { batchSize: 1, accumulate: 1, replicas: 1, recompute: 'none' as const, ...train },
      data: { workers: 1, queueSize: 2, unpairedText: null },
    };
    const facts = { parameters: countElements(m3aeShapes(model)), words };
    return estimateMemory(sizes, model, facts) / gigabyte;
  };

  // Peaks of two steps, two threads, captions of at most 31 word pieces.
  test.each<[M3aeSize, object, number]>([
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
    ['large', { batchSize: 4096, accumulate: 256, precision: 'bf16' }, 9.17],
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

describe('whether a training fits', () => {
  const model = resolveM3aeConfig({ size: 'base', patchSize: 16, vocabSize: 30_522 });
  const sizesOf = ({ train = {}, data = {} }: { train?: object; data?: object } = {}) => ({
    method: 'm3ae' as const,
    image: { size: 256, patchSize: 16, maskRatio: 0.75 },
    text: { maxLength: 64, maskRatio: 0.75, leaveOutPadding: true },
    loss: { textAllTokens: false },
    optimizer: { kind: 'adamW' },
    model: { size: 'base' },
    train: { batchSize: 16, accumulate: 1, replicas: 1, recompute: 'none' as const, device: 'cpu', ...train },
    data: { workers: 1, queueSize: 2, unpairedText: null, ...data },
  });
  const sizes = sizesOf();
  const needed = estimateMemory(sizes, model, { parameters: countElements(m3aeShapes(model)) });

  test('it is silent below the memory, warns above, and is at fault from twice of it', () => {
    expect(checkMemory(sizes, model, needed)).toEqual({});
    expect(checkMemory(sizes, model, needed - 1)).toEqual({ warning: expect.stringMatching(/^Warning: /) });
    expect(checkMemory(sizes, model, needed / 2 - 1)).toHaveProperty('fault');
    expect(checkMemory({ ...sizes, train: { ...sizes.train, device: 'cuda' } }, model, gigabyte)).toEqual({});
  });

  test.each<[string, Parameters<typeof sizesOf>[0], unknown]>([
    ['train.accumulate', { train: { batchSize: 4096 } }, 1],
    ['model.size', {}, 'base'],
    ['data.queueSize', { data: { queueSize: 1024 } }, 1024],
    ['data.workers', { data: { workers: 1024 } }, 1024],
  ])('%s is told where it takes most', (path, change, received) => {
    const { fault } = checkMemory(sizesOf(change), model, path === 'model.size' ? gigabyte : 4 * gigabyte);
    expect(fault).toMatchObject({ path, received: String(received) });
  });
});
