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

/** Memory of the process once the collector and the finalizers that wait for it have run, whose own rhythm does not count then. */
async function residentMiB(): Promise<number> {
  for (let pass = 0; pass < 3; pass++) {
    collectGarbage();
    await new Promise(setImmediate);
  }
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
    let resident = Infinity; // the least of several readings: an allocator holds freed pages for a while, a leak holds them for good
    for (let count = from; count < to; count++) {
      state = (await step.run(state, () => a8Batch(), count)).state; // arrays of its own each step, as from a loader
      if (count % 100 === 99) resident = Math.min(resident, await residentMiB());
    }
    return { tensors: memory().numTensors, resident };
  };
  await run(0, 200);
  const early = await run(200, 700);
  await run(700, 1500);
  const late = await run(1500, 2000);
  expect(late.tensors).toBe(early.tensors);
  expect(late.resident - early.resident).toBeLessThan(8);
  await step.dispose();
});
