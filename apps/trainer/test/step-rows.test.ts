import { compile } from '@m3ae/compile';
import { leaveOutPadding, randomMask, realHiddenTokens } from '@m3ae/masking';
import { key, normal, randomInteger } from '@m3ae/random';
import { resolveM3aeConfig } from '@m3ae/transformer';
import { flattenTree, type NdArray, scalarArray, type Tree } from '@m3ae/tree';
import type { Tensor } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { createTrainStep, defaultLoss, defaultOptimizer, type StepBatch } from '../src/step/index.js';

const batch = 6;
const length = 16;
const model = resolveM3aeConfig({
  embedDim: 16,
  depth: 1,
  heads: 2,
  decoderDim: 16,
  decoderDepth: 1,
  decoderHeads: 2,
  patchSize: 2,
  vocabSize: 40,
});
const { trainStep, initialState } = createTrainStep({
  method: 'm3ae',
  model,
  loss: { ...defaultLoss, textWeight: 1 },
  optimizer: { ...defaultOptimizer, peakLearningRate: 1e-2, totalSteps: 10, eps: 1e-3 },
});

/** Captions of 0 to 5 pieces; the first has none. */
const paddingMask = Float32Array.from({ length: batch * length }, (_, i) =>
  i % length < Math.floor(i / length) ? 0 : 1,
);
const tokens = randomInteger(key(1), batch * length, 5, 40).map((id, i) => (paddingMask[i] === 1 ? 0 : id));
const textMask = randomMask(key(2), { length, maskRatio: 0.75, rows: batch });
const whole: StepBatch = {
  patches: { shape: [batch, 16, 12], data: normal(key(3), batch * 16 * 12) },
  imagePlan: randomMask(key(4), { length: 16, maskRatio: 0.75, rows: batch }),
  tokenIds: { shape: [batch, length], data: tokens },
  paddingMask: { shape: [batch, length], data: paddingMask },
  textPlan: textMask,
  learningRate: scalarArray(1e-2),
};

test('a step without padding equals the step with it', async () => {
  const trimmedPlan = leaveOutPadding(textMask, paddingMask, batch);
  const textRows = realHiddenTokens(trimmedPlan, paddingMask, batch);
  expect(trimmedPlan.idsHidden.shape[1]).toBeLessThan(whole.textPlan!.idsHidden.shape[1]!);
  expect(textRows.rows.shape[0]).toBeLessThan(batch * trimmedPlan.idsHidden.shape[1]!);

  const step = compile(trainStep as never as (...args: Tree<Tensor>[]) => Tree<Tensor>);
  const run = (input: StepBatch) =>
    step(initialState(key(0)) as never, input as never) as Promise<Tree<NdArray>>;
  const expected = new Map(flattenTree<NdArray>(await run(whole)));
  const ours = flattenTree<NdArray>(await run({ ...whole, textPlan: trimmedPlan, textRows }));
  expect(ours.length).toBe(expected.size);
  for (const [path, { data }] of ours) {
    const others = expected.get(path)!.data;
    const worst = Array.from(data).reduce((most, x, i) => Math.max(most, Math.abs(x - others[i]!)), 0);
    expect(worst, path).toBeLessThan(2e-6);
  }
  await step.dispose();
});
