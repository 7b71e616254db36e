import '@tensorflow/tfjs-backend-cpu';
import { createRunner } from '@m3ae/compile';
import { key } from '@m3ae/random';
import { resolveM3aeConfig } from '@m3ae/transformer';
import { memory } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { adamW } from '@m3ae/optim';
import { createTrainStep } from '@m3ae/training';
import { m3ae } from '../src/index.js';
import { a8Batch, a8Model } from './appendix.js';

// In a file of its own, and so in a process of its own: no other test's memory is measured.
test('2,000 steps leave no tensor behind and no memory', async () => {
  const step = createTrainStep({
    task: m3ae({ model: resolveM3aeConfig({ ...a8Model, depth: 1 }), loss: { textWeight: 0.5 } }),
    optimizer: adamW(),
    schedule: (count) => 1e-3 / (1 + count),
    runner: createRunner({ threads: 1 }),
  });
  let { state } = step.init(key(0));
  const resident: number[] = [];
  let tensors = 0;
  for (let count = 0; count < 2000; count++) {
    state = (await step.run(state, () => a8Batch(), count)).state; // arrays of its own each step, as from a loader
    if (count === 0) tensors = memory().numTensors;
    if (count % 10 === 0) resident.push(process.memoryUsage.rss() / 2 ** 20);
  }
  expect(memory().numTensors).toBe(tensors);
  // Smallest of each quarter: the collector's own rhythm does not count.
  const floor = (from: number) => Math.min(...resident.slice(from, from + 50));
  expect(floor(150) - floor(50)).toBeLessThan(16);
  await step.dispose();
});
