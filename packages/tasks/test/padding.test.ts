import { createRunner } from '@m3ae/compile';
import { leaveOutPadding, randomMask, realHiddenTokens } from '@m3ae/masking';
import { key, normal, randomInteger } from '@m3ae/random';
import { resolveM3aeConfig } from '@m3ae/transformer';
import { adamW } from '@m3ae/optim';
import { createTrainStep } from '@m3ae/training';
import { flattenTree, type NdArray } from '@m3ae/tree';
import { expect, test } from 'vitest';
import { m3ae, type M3aeBatch } from '../src/index.js';

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
const step = createTrainStep({
  task: m3ae({ model, loss: { textWeight: 1 } }),
  optimizer: adamW({ epsilon: 1e-3 }),
  schedule: () => 1e-2,
  runner: createRunner(),
});

/** Captions of 0 to 5 pieces; the first has none. */
const paddingMask = Float32Array.from({ length: batch * length }, (_, i) =>
  i % length < Math.floor(i / length) ? 0 : 1,
);
const tokens = randomInteger(key(1), batch * length, 5, 40).map((id, i) => (paddingMask[i] === 1 ? 0 : id));
const textMask = randomMask(key(2), { length, maskRatio: 0.75, rows: batch });
const whole: M3aeBatch = {
  patches: { shape: [batch, 16, 12], data: normal(key(3), batch * 16 * 12) },
  imagePlan: randomMask(key(4), { length: 16, maskRatio: 0.75, rows: batch }),
  tokenIds: { shape: [batch, length], data: tokens },
  paddingMask: { shape: [batch, length], data: paddingMask },
  textPlan: textMask,
};

test('a step without padding equals the step with it', async () => {
  const trimmedPlan = leaveOutPadding(textMask, paddingMask, batch);
  const textRows = realHiddenTokens(trimmedPlan, paddingMask, batch);
  expect(trimmedPlan.idsHidden.shape[1]).toBeLessThan(whole.textPlan!.idsHidden.shape[1]!);
  expect(textRows.rows.shape[0]).toBeLessThan(batch * trimmedPlan.idsHidden.shape[1]!);

  const run = async (input: M3aeBatch) => {
    const { state, metrics } = await step.run(step.init(key(0)).state, () => input, 0);
    return { state, metrics } as never;
  };
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
