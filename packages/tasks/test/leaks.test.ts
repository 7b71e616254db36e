import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
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

setFlagsFromString('--expose_gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Memory of the process once the collector has run, whose own rhythm does not count then. */
function residentMiB(): number {
  collectGarbage();
  return process.memoryUsage().rss / 2 ** 20;
}

// In a file of its own, and so in a process of its own: no other test's memory is measured.
test('2,000 steps leave no tensor behind and no memory', async () => {
  const step = createTrainStep({
    task: m3ae({ model: resolveM3aeConfig({ ...a8Model, depth: 1 }), loss: { textWeight: 0.5 } }),
    optimizer: adamW(),
    schedule: (count) => 1e-3 / (1 + count),
    runner: createRunner({ threads: 1 }),
  });
  let { state } = step.init(key(0));
  const run = async (from: number, to: number) => {
    for (let count = from; count < to; count++) state = (await step.run(state, () => a8Batch(), count)).state; // arrays of its own each step, as from a loader
    return { tensors: memory().numTensors, resident: residentMiB() };
  };
  const early = await run(0, 500);
  const late = await run(500, 2000);
  expect(late.tensors).toBe(early.tensors);
  expect(late.resident - early.resident).toBeLessThan(16);
  await step.dispose();
});
