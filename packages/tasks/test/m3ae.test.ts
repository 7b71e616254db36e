import { createRunner } from '@m3ae/compile';
import { leaveOutPadding, planFromNoise, randomMask } from '@m3ae/masking';
import { foldIn, key, normal } from '@m3ae/random';
import { drawNoise, resolveM3aeConfig, toReferenceNames } from '@m3ae/transformer';
import { flattenTree, type NdArray, ndArray, type Tree } from '@m3ae/tree';
import type { Tensor } from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { adamW, chain, clipByGlobalNorm, skipNonFinite } from '@m3ae/optim';
import { createTrainStep, lossGradients, type Snapshot, type Task } from '@m3ae/training';
import { faultsOf } from '../../errors/test/faults-of.js';
import { type LossWeights, m3ae, type M3aeBatch, type M3aeTensors, mae } from '../src/index.js';
import { a8Batch, a8Model, a8Params, largestDifference } from './appendix.js';

const loss: Partial<LossWeights> = { textWeight: 0.5 };
const compiled = createRunner();
const eagerly = createRunner({ engine: 'eager:cpu' });

/** A step at a rate of .01, with the optimizer of the reference. */
const stepOf = <Host, Tensors>(
  task: Task<Host, Tensors>,
  runner = compiled,
  change: { epsilon?: number } = {},
) =>
  createTrainStep({
    task,
    optimizer: skipNonFinite(
      chain(
        clipByGlobalNorm(1e9),
        adamW({ epsilon: change.epsilon ?? 1e-8, decay: (path) => task.decays(path) }),
      ),
    ),
    schedule: () => 0.01,
    runner,
  });

/** Metrics and gradients of one batch. */
async function evaluate(weights: Partial<LossWeights>, batch: M3aeBatch) {
  const task = m3ae({ model: a8Model, loss: weights });
  const program = compiled<{ metrics: Record<string, NdArray>; gradients: Tree<NdArray> }>(
    'loss',
    (params: Tree<Tensor>, input: M3aeTensors) => lossGradients(task, params, input),
  );
  const { metrics, gradients } = await program.run(a8Params(), batch);
  return { value: (name: string) => metrics[name]!.data[0]!, gradients, metrics };
}

const norm = ({ data }: NdArray) => Math.hypot(...data);

// Expected values: the reference's own code, specification appendix A8; its tolerance is 1e-4.
describe('appendix A8', () => {
  const { patches, imagePlan, tokenIds, paddingMask, textPlan } = a8Batch();

  test('paired: losses, gradient norms', async () => {
    const { value, gradients } = await evaluate(loss, a8Batch());
    expect(value('imageLoss')).toBeCloseTo(1.0429802, 5);
    expect(value('textLoss')).toBeCloseTo(2.4502325, 5);
    expect(value('textAccuracy')).toBe(0);
    expect(value('loss')).toBeCloseTo(2.2680964, 5);
    expect(value('textTokenRatio')).toBeCloseTo(8 / 12, 6);
    expect(value('averageTextLength')).toBeCloseTo(4, 6);
    const named = toReferenceNames(gradients);
    expect(Math.hypot(...Object.values(named).map(norm))).toBeCloseTo(6.328521, 4);
    expect(norm(named.cls_token!)).toBeCloseTo(0.0515794, 5);
    expect(norm(named['image_embedding/kernel']!)).toBeCloseTo(0.0069441, 5);
    expect(norm(named['text_embedding/embedding']!)).toBeCloseTo(0.0611556, 5);
    expect(norm(named.encoder_text_type_embedding!)).toBeCloseTo(0.0844733, 5);
    expect(norm(named['decoder_text_output/Dense_0/bias']!)).toBeCloseTo(0.2637164, 5);
  });

  test('all tokens; one part all tokens, the other not', async () => {
    const all = await evaluate({ ...loss, imageAllTokens: true, textAllTokens: true }, a8Batch());
    expect(all.value('imageLoss')).toBeCloseTo(0.9659666, 5);
    expect(all.value('textLoss')).toBeCloseTo(2.4160087, 5);
    const mixed = await evaluate({ ...loss, textAllTokens: true }, a8Batch());
    expect(mixed.value('imageLoss')).toBeCloseTo(1.0429802, 5);
    expect(mixed.value('textLoss')).toBeCloseTo(2.4160087, 5);
  });

  test('pictures alone, text alone', async () => {
    const image = await evaluate(loss, { patches, imagePlan });
    expect(image.value('imageLoss')).toBeCloseTo(0.9704983, 5);
    expect(image.value('loss')).toBeCloseTo(0.9704983, 5);
    expect(Object.keys(image.metrics)).toEqual(['loss', 'imageLoss']);
    const text = await evaluate(loss, { tokenIds, paddingMask, textPlan });
    expect(text.value('textLoss')).toBeCloseTo(2.4579685, 5);
    expect(text.value('loss')).toBeCloseTo(2.4579685 / 2, 5);
  });

  test('unpaired text counts with its own weight, and not at weight 0', async () => {
    const batch = { patches, imagePlan, unpairedText: { tokenIds, paddingMask, textPlan } };
    const counted = await evaluate({ ...loss, unpairedTextWeight: 0.3 }, batch);
    expect(counted.value('unpairedTextLoss')).toBeCloseTo(2.4579685, 5);
    expect(counted.value('loss')).toBeCloseTo(0.9704983 + 0.3 * 2.4579685, 5);
    expect(counted.value('averageUnpairedTextLength')).toBeCloseTo(4, 6);
    const ignored = await evaluate(loss, batch);
    expect(Object.keys(ignored.metrics)).toEqual(['loss', 'imageLoss']);
  });
});

test('leaving padding out of the plan changes no loss and no gradient', async () => {
  const batch = a8Batch();
  const noise = Float32Array.of(0.75, 0.51, 0.26, 0.02, 0.77, 0.53); // the order of appendix A8
  const trimmed = leaveOutPadding(planFromNoise(noise, 1, 6, 0.5), batch.paddingMask.data, 2);
  expect(trimmed.idsHidden.shape).toEqual([2, 2]);
  const [whole, less] = [await evaluate(loss, batch), await evaluate(loss, { ...batch, textPlan: trimmed })];
  expect(whole.value('textLoss')).toBeCloseTo(2.4502325, 5);
  expect(largestDifference(whole.metrics, less.metrics)).toBeLessThan(1e-6);
  expect(largestDifference(whole.gradients, less.gradients)).toBeLessThan(1e-6);
});

/** A batch with a mask for each example and, if asked, noise for dropout. */
function sampleBatch(step: number, batch: number, model = a8Model, noise = false) {
  const chance = foldIn(key(5), step);
  const text = a8Batch();
  const repeat = ({ data, shape }: NdArray) => {
    const values = Array.from({ length: (data.length / 2) * batch }, (_, i) => data[i % data.length]!);
    const Elements = data instanceof Int32Array ? Int32Array : Float32Array;
    return ndArray(new Elements(values), [batch, ...shape.slice(1)]);
  };
  const sizes = { batch, imageTokens: 16, imageKeep: 4, textTokens: 6, textKeep: 3 };
  return {
    patches: ndArray(normal(foldIn(chance, 0), batch * 192), [batch, 16, 12]),
    tokenIds: repeat(text.tokenIds),
    paddingMask: repeat(text.paddingMask),
    imagePlan: randomMask(foldIn(chance, 1), { length: 16, maskRatio: 0.75, rows: batch }),
    textPlan: randomMask(foldIn(chance, 2), { length: 6, maskRatio: 0.5, rows: batch }),
    ...(noise && { noise: drawNoise(foldIn(chance, 3), model, sizes) as Tree<NdArray> }),
  } satisfies M3aeBatch;
}

test('compiled and eager steps agree, with dropout and drop path', async () => {
  const model = resolveM3aeConfig({ ...a8Model, dropout: 0.2, attentionDropout: 0.1, dropPath: 0.3 });
  const task = m3ae({ model, loss });
  // A large epsilon: Adam divides tiny gradients, such as those of key biases, by their own rounding errors.
  const steps = [compiled, eagerly].map((runner) => stepOf(task, runner, { epsilon: 1e-3 }));
  let states = steps.map((step) => step.initFrom(a8Params()).state);
  for (let count = 0; count < 2; count++) {
    const batch = sampleBatch(count, 4, model, true);
    const [ours, oracle] = await Promise.all(
      steps.map((step, i) => step.run(states[i]!, () => batch, count)),
    );
    expect(Object.keys(ours!.metrics).sort()).toEqual(Object.keys(oracle!.metrics).sort());
    expect(largestDifference(ours!.metrics, oracle!.metrics)).toBeLessThan(1e-5);
    states = [ours!.state, oracle!.state];
  }
  const [ours, oracle] = states.map(({ params, optimizer }) => ({ params, optimizer }));
  expect(largestDifference(ours!, oracle!)).toBeLessThan(2e-5);
});

test('a step updates, counts, reports the rate, and skips a gradient that is not finite', async () => {
  const step = stepOf(m3ae({ model: a8Model, loss }));
  const start = step.initFrom(a8Params()).state;
  const before = structuredClone(start.params);
  const first = structuredClone(await step.run(start, a8Batch, 0));
  expect(first.metrics.gradientNorm!.data[0]).toBeCloseTo(6.328521, 4);
  expect(first.metrics.learningRate!.data[0]).toBeCloseTo(0.01, 8);
  expect(first.metrics.skipped!.data[0]).toBe(0);
  expect(largestDifference(first.state.params, before)).toBeGreaterThan(0.005);
  const broken = { ...a8Batch(), patches: ndArray(new Float32Array(384).fill(NaN), [2, 16, 12]) };
  const second = await step.run(structuredClone(first.state), () => broken, 1);
  expect(second.metrics.skipped!.data[0]).toBe(1);
  expect(second.state).toEqual(first.state);
});

test('the image-only twin trains on pictures alone', async () => {
  const step = stepOf(mae({ model: a8Model }));
  const { patches, imagePlan } = a8Batch();
  let { state }: Pick<Snapshot, 'state'> = step.init(key(3));
  expect(flattenTree(state.params).map(([path]) => path)).not.toContain('textEmbedding.table');
  const losses: number[] = [];
  for (let count = 0; count < 30; count++) {
    const result = await step.run(state, () => ({ patches, imagePlan }), count);
    state = result.state;
    losses.push(result.metrics.loss!.data[0]!);
  }
  expect(losses.at(-1)!).toBeLessThan(0.8 * losses[0]!);
});

test('what a batch lacks is named', async () => {
  const task = m3ae({ model: a8Model, loss });
  const faults = async (batch: M3aeBatch) => {
    const step = stepOf(task);
    const error: unknown = await step
      .run(step.initFrom(a8Params()).state, () => batch, 0)
      .catch((thrown: unknown) => thrown);
    return (error as { faults?: unknown }).faults;
  };
  const { patches, tokenIds, imagePlan, paddingMask } = a8Batch();
  expect(await faults({ patches })).toMatchObject([{ path: 'batch.imagePlan' }]);
  expect(await faults({ patches, imagePlan, tokenIds, paddingMask })).toMatchObject([
    { path: 'batch.textPlan' },
  ]);
  expect(await faults({})).toMatchObject([{ path: 'batch' }]);
});

test('options that cannot be are named together', () => {
  const make = (options: object) => () => m3ae({ model: a8Model, ...options });
  expect(faultsOf(make({ loss: { textWeigth: 1, imageWeight: -1 } }))).toMatchObject([
    { path: 'loss.textWeigth', remedy: 'Did you mean textWeight?' },
    { path: 'loss.imageWeight', received: '-1' },
  ]);
  expect(faultsOf(make({ maskScope: 'device', textHeadBias: new Float32Array(3) }))).toMatchObject([
    { path: 'maskScope' },
    { path: 'textHeadBias', received: '3' },
  ]);
});
