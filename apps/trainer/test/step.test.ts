import { compile, eager } from '@m3ae/compile';
import { leaveOutPadding, planFromNoise, randomMask } from '@m3ae/masking';
import { foldIn, key, normal } from '@m3ae/random';
import { drawNoise, resolveM3aeConfig, toReferenceNames } from '@m3ae/transformer';
import { flattenTree, type NdArray, ndArray, scalarArray, type Tree } from '@m3ae/tree';
import type { Tensor } from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { lossGradients } from '../src/step/gradients.js';
import {
  createTrainStep,
  defaultLoss,
  defaultOptimizer,
  type LossConfig,
  lossFunction,
  type OptimizerConfig,
  type StepBatch,
  type TrainState,
} from '../src/step/index.js';
import { a8Batch, a8Model, a8Params, largestDifference } from './step-fixture.js';

const loss: LossConfig = { ...defaultLoss, textWeight: 0.5 };
const optimizer: OptimizerConfig = { ...defaultOptimizer, peakLearningRate: 0.01, totalSteps: 100 };

interface Stepped {
  readonly state: TrainState;
  readonly metrics: Record<string, NdArray>;
}
type HostStep = ((state: TrainState, batch: StepBatch) => Promise<Stepped>) & {
  dispose?: () => Promise<void>;
};

const runner = (fn: unknown, engine: 'compiled' | 'cpu' = 'compiled') => {
  const typed = fn as (...args: Tree<Tensor>[]) => Tree<Tensor>;
  return (engine === 'compiled' ? compile(typed) : eager(typed, { backend: engine })) as unknown as HostStep;
};

/** Metrics and gradients of one batch. */
async function evaluate(config: LossConfig, batch: StepBatch, engine: 'compiled' | 'cpu' = 'compiled') {
  const objective = lossFunction('m3ae', a8Model, config);
  const run = runner(
    (params: Tree<Tensor>, input: StepBatch<Tensor>) => lossGradients(objective, params, input, 1),
    engine,
  );
  const result = await run(a8Params() as unknown as TrainState, batch);
  const { metrics, gradients } = result as unknown as {
    metrics: Record<string, NdArray>;
    gradients: Tree<NdArray>;
  };
  const value = (name: string) => metrics[name]!.data[0]!;
  return { value, gradients, metrics };
}

const norm = ({ data }: NdArray) => Math.hypot(...data);

// Expected values: the reference's own code, specification appendix A8; its tolerance is 1e-4.
describe('appendix A8', () => {
  const { patches, imagePlan, tokenIds, paddingMask, textPlan, learningRate } = a8Batch();

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
    const image = await evaluate(loss, { patches, imagePlan, learningRate });
    expect(image.value('imageLoss')).toBeCloseTo(0.9704983, 5);
    expect(image.value('loss')).toBeCloseTo(0.9704983, 5);
    expect(Object.keys(image.metrics)).toEqual(['loss', 'imageLoss']);
    const text = await evaluate(loss, { tokenIds, paddingMask, textPlan, learningRate });
    expect(text.value('textLoss')).toBeCloseTo(2.4579685, 5);
    expect(text.value('loss')).toBeCloseTo(2.4579685 / 2, 5);
  });

  test('unpaired text counts with its own weight, and not at weight 0', async () => {
    const batch = { patches, imagePlan, learningRate, unpairedText: { tokenIds, paddingMask, textPlan } };
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
function sampleBatch(step: number, batch: number, model = a8Model, noise = false): StepBatch {
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
    learningRate: scalarArray(0.01),
  };
}

test('compiled and eager steps agree, with dropout and drop path', async () => {
  const model = resolveM3aeConfig({ ...a8Model, dropout: 0.2, attentionDropout: 0.1, dropPath: 0.3 });
  // A large eps: Adam divides tiny gradients, such as those of key biases, by their own rounding errors.
  const steady = { ...optimizer, eps: 1e-3 };
  const { stateFrom, trainStep } = createTrainStep({ method: 'm3ae', model, loss, optimizer: steady });
  const compiled = runner(trainStep);
  const interpreted = runner(trainStep, 'cpu');
  let states = [stateFrom(a8Params()), stateFrom(a8Params())] as const;
  for (let step = 0; step < 2; step++) {
    const batch = sampleBatch(step, 4, model, true);
    const [ours, oracle] = [await compiled(states[0], batch), await interpreted(states[1], batch)];
    expect(Object.keys(ours.metrics).sort()).toEqual(Object.keys(oracle.metrics).sort());
    expect(largestDifference(ours.metrics, oracle.metrics)).toBeLessThan(1e-5);
    states = [ours.state, oracle.state];
  }
  expect(
    largestDifference(states[0] as unknown as Tree<NdArray>, states[1] as unknown as Tree<NdArray>),
  ).toBeLessThan(2e-5);
});

test('gradients of micro-batches average to those of the whole, masks shared or not', async () => {
  const objective = lossFunction('m3ae', a8Model, { ...loss, unpairedTextWeight: 0.2 });
  const { tokenIds, paddingMask, textPlan } = sampleBatch(9, 4);
  const own = {
    ...sampleBatch(0, 4),
    unpairedText: { tokenIds, paddingMask, textPlan },
  } as unknown as StepBatch;
  const { imagePlan } = a8Batch();
  for (const [batch, parts] of [
    [own, 4],
    [{ ...own, imagePlan }, 2],
  ] as const) {
    const results = await Promise.all(
      [1, parts].map((count) => {
        const run = runner((params: Tree<Tensor>, input: StepBatch<Tensor>) =>
          lossGradients(objective, params, input, count),
        );
        return run(a8Params() as unknown as TrainState, batch);
      }),
    );
    const [whole, averaged] = results as unknown as Tree<NdArray>[];
    expect(largestDifference(whole!, averaged!)).toBeLessThan(2e-6);
  }
});

test('a step updates, counts, reports the rate, and skips a gradient that is not finite', async () => {
  const { stateFrom, trainStep, schedule } = createTrainStep({
    method: 'm3ae',
    model: a8Model,
    loss,
    optimizer,
  });
  expect(schedule(0)).toBeCloseTo(0.01, 8);
  const step = runner(trainStep);
  const start = stateFrom(a8Params());
  const first = await step(start, a8Batch(schedule(0)));
  expect(first.metrics.gradientNorm!.data[0]).toBeCloseTo(6.328521, 4);
  expect(first.metrics.learningRate!.data[0]).toBeCloseTo(0.01, 8);
  expect(first.metrics.skipped!.data[0]).toBe(0);
  expect(largestDifference(first.state.params, start.params)).toBeGreaterThan(0.005);
  const batch = a8Batch(schedule(1));
  const broken = { ...batch, patches: ndArray(new Float32Array(384).fill(NaN), [2, 16, 12]) };
  const second = await step(first.state, broken);
  expect(second.metrics.skipped!.data[0]).toBe(1);
  expect(second.state).toEqual(first.state);
});

test('the image-only twin trains on pictures alone', async () => {
  const twin = createTrainStep({ method: 'mae', model: a8Model, loss, optimizer });
  const { patches, imagePlan } = a8Batch();
  const step = runner(twin.trainStep);
  let state = twin.initialState(key(3));
  expect(flattenTree(state.params).map(([path]) => path)).not.toContain('textEmbedding.table');
  const losses: number[] = [];
  for (let count = 0; count < 30; count++) {
    const result = await step(state, { patches, imagePlan, learningRate: scalarArray(0.01) });
    state = result.state;
    losses.push(result.metrics.loss!.data[0]!);
  }
  expect(losses.at(-1)!).toBeLessThan(0.8 * losses[0]!);
});

test('what a batch lacks is named', async () => {
  const { stateFrom, trainStep } = createTrainStep({ method: 'm3ae', model: a8Model, loss, optimizer });
  const state = stateFrom(a8Params());
  const step = runner(trainStep);
  const { patches, learningRate, tokenIds, ...rest } = a8Batch();
  await expect(step(state, { patches, learningRate })).rejects.toThrow(
    'batch must hold patches, imagePlan; imagePlan is missing.',
  );
  await expect(step(state, { ...rest, tokenIds, textPlan: undefined, learningRate })).rejects.toThrow(
    'textPlan is missing',
  );
  await expect(step(state, { learningRate })).rejects.toThrow(
    'batch must hold patches or tokenIds; received neither.',
  );
  const thirds = createTrainStep({ method: 'm3ae', model: a8Model, loss, optimizer, accumulate: 3 });
  await expect(runner(thirds.trainStep)(state, sampleBatch(0, 4))).rejects.toThrow(
    'accumulate must divide the batch; received 3 for 4 rows of',
  );
  const halves = createTrainStep({ method: 'm3ae', model: a8Model, loss, optimizer, accumulate: 2 });
  const rows = ndArray(Int32Array.of(0, 1), [2]);
  const listed = {
    ...sampleBatch(0, 4),
    textRows: { rows, weights: ndArray(Float32Array.of(0.5, 0.5), [2]) },
  };
  await expect(runner(halves.trainStep)(state, listed)).rejects.toThrow(
    'textRows must be left out where accumulate is above 1',
  );
});
