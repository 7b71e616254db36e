import '@tensorflow/tfjs-backend-cpu';
import { compile } from '@m3ae/compile';
import { key } from '@m3ae/random';
import { resolveM3aeConfig } from '@m3ae/transformer';
import type { Tree } from '@m3ae/tree';
import { memory, type Tensor } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import {
  createTrainStep,
  defaultLoss,
  defaultOptimizer,
  type StepBatch,
  type TrainState,
} from '../src/step/index.js';
import { a8Batch, a8Model } from './step-fixture.js';

type HostStep = (state: TrainState, batch: StepBatch) => Promise<{ readonly state: TrainState }>;

// In a file of its own, and so in a process of its own: no other test's memory is measured.
test('2,000 steps leave no tensor behind and no memory', async () => {
  const { initialState, trainStep } = createTrainStep({
    method: 'm3ae',
    model: resolveM3aeConfig({ ...a8Model, depth: 1 }),
    loss: { ...defaultLoss, textWeight: 0.5 },
    optimizer: { ...defaultOptimizer, peakLearningRate: 0.01, totalSteps: 100 },
  });
  const program = compile(trainStep as unknown as (...args: Tree<Tensor>[]) => Tree<Tensor>, {
    donate: [0],
    threads: 1,
  });
  const step = program as unknown as HostStep;
  let state = initialState(key(0));
  const resident: number[] = [];
  let tensors = 0;
  for (let count = 0; count < 2000; count++) {
    const { learningRate, ...batch } = a8Batch(1e-3 / (1 + count)); // arrays of its own each step, as from a loader
    state = (await step(state, { ...batch, learningRate })).state;
    if (count === 0) tensors = memory().numTensors;
    if (count % 10 === 0) resident.push(process.memoryUsage.rss() / 2 ** 20);
  }
  expect(memory().numTensors).toBe(tensors);
  // Smallest of each quarter: the collector's own rhythm does not count.
  const floor = (from: number) => Math.min(...resident.slice(from, from + 50));
  expect(floor(150) - floor(50)).toBeLessThan(16);
  await program.dispose();
});
