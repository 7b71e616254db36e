import { createRunner } from '@m3ae/compile';
import { key } from '@m3ae/random';
import { countElements, flattenTree, type NdArray } from '@m3ae/tree';
import { expect, test } from 'vitest';
import { prepareStep } from '../../bench/src/prepare-step.js';

// One example and one step: enough to meet every node of the graph.
test('the full ViT-S M3AE traces and trains one step on a CPU', async () => {
  const options = {
    method: 'm3ae',
    model: 'small',
    batch: 1,
    threads: 1,
    steps: 1,
    warmup: 0,
    engine: 'compiled',
    maskScope: 'sample',
  } as const;
  const { step, batches } = prepareStep(options, createRunner({ threads: 1 }));
  const { state } = step.init(key(0)); // [74,782,266] parameters and two moments of each
  expect(countElements(state.params)).toBe(74_782_266); // the spec's table
  const leaves = flattenTree<NdArray>(state.params);
  // The table moves only where a word of this caption stands.
  const before = leaves.map(([path, { data }]) =>
    path === 'textEmbedding.table' ? data.slice() : data.slice(0, 64),
  );
  const { state: after, metrics } = await step.run(state, batches(0), 0);
  // A fresh text head guesses among 30,522 word pieces: its loss is about ln(30522) = 10.3, at a weight of .5.
  expect(metrics.textLoss!.data[0]!).toBeGreaterThan(9);
  expect(metrics.textLoss!.data[0]!).toBeLessThan(13);
  expect(metrics.loss!.data[0]).toBeCloseTo(
    metrics.imageLoss!.data[0]! + 0.5 * metrics.textLoss!.data[0]!,
    4,
  );
  expect(metrics.skipped!.data[0]).toBe(0);
  const moves = flattenTree<NdArray>(after.params).map(
    ([path, { data }], i) =>
      [
        path,
        Float32Array.from(before[i]!).reduce(
          (most: number, old, place) => Math.max(most, Math.abs(data[place]! - old)),
          0,
        ),
      ] as const,
  );
  // Adam's first update is the learning rate, whatever the gradient; decay adds a little.
  expect(moves.filter(([, most]) => !(most > 1e-7 && most < 1.2e-4))).toEqual([]);
  await step.dispose();
}, 240_000);
