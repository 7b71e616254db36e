import { isInvalidInput, sentencesOf } from '@m3ae/errors';
import { decayed } from '@m3ae/transformer';
import { key } from '@m3ae/random';
import { flattenTree, mapTree, type NdArray, scalarArray, type Tree } from '@m3ae/tree';
import { expect, test } from 'vitest';
import { createRunner } from '@m3ae/compile';
import { createTrainStep } from '@m3ae/training';
import { warmupCosine } from '@m3ae/optim';
import { modelOf, parameterCount, taskOf } from '@m3ae/tasks';
import { resolveConfig } from '../src/config/resolve.js';
import type { TrainerConfig } from '../src/config/schema.js';
import { optimizerOf } from '@m3ae/optim';
import { stepConfig } from '../src/run/step-config.js';

const base = { data: { source: { kind: 'emoji' } }, train: { steps: 10 } };
const small = { embedDim: 8, depth: 2, heads: 2 };

function faultsOf(config: object): readonly string[] {
  try {
    resolveConfig(config);
  } catch (error) {
    if (isInvalidInput(error)) return sentencesOf(error);
    throw error;
  }
  return [];
}

const refused: [config: object, fault: string][] = [
  [
    { method: 'clap' },
    'method must be one of "m3ae", "mae", "clip", "supervised"; received "clap". Did you mean "clip"? "m3ae" and "clip" learn from pictures with captions, "mae" from pictures alone, "supervised" from labels.',
  ],
  [
    { method: 'clip', train: { steps: 1, batchSize: 1 } },
    'train.batchSize must be at least 2 with method "clip"; received 1. A caption is told apart from those of the other pictures; use e.g. 64.',
  ],
  [
    { method: 'clip', data: { source: { kind: 'emoji' }, pairedShare: 0 } },
    'data.pairedShare must be above 0 with method "clip", which learns from captions; received 0. Leave it out, or use method "mae".',
  ],
  [
    { method: 'm3ae', data: { source: { kind: 'emoji' }, dropText: 1 } },
    'data.dropText must be below 1 with method "m3ae", which learns from captions; received 1. Leave it out, or use method "mae".',
  ],
  [
    {
      method: 'clip',
      data: { source: { kind: 'emoji' }, unpairedText: { kind: 'wordnet' } },
      loss: { unpairedTextWeight: 1 },
    },
    'data.unpairedText must be null with method "clip"; received a text source. Leave it out, or use method "m3ae".',
  ],
  [
    { method: 'clip', loss: { normalizeTargets: true } },
    'loss.normalizeTargets must be false with method "clip", which hides and rebuilds nothing; received true. Leave it out.',
  ],
  [
    { method: 'clip', model: { ...small, clip: { textPooling: 'cls' } } },
    'model.clip.textPooling must be last or mean with causal attention; received cls. A first token sees no other; set attention to full.',
  ],
  [
    { method: 'clip', model: { ...small, clip: { textDim: 9 } } },
    'model.clip.textHeads must be a divisor of dim (9); received 2. Each head takes an equal share; use e.g. 1.',
  ],
  [
    { method: 'mae', augment: { cutmix: 1 } },
    'augment.cutmix must be 0 with method "mae", which has no labels to mix; received 1. Leave it out, or use method "supervised".',
  ],
  [
    { method: 'supervised', data: { source: { kind: 'folder', path: 'x' } } },
    'data.source.labels must be "subfolder" or "column" with method "supervised"; received "none". It says where the classes are.',
  ],
  [
    { method: 'supervised', augment: { labelSmoothing: 10 } },
    'augment.labelSmoothing must be in [0, 1); received 10. Write a tenth as 0.1, not 10.',
  ],
  [
    { optimizer: { layerDecay: 0 } },
    'optimizer.layerDecay must be in (0, 1]; received 0. The rate of a block over that of the next, e.g. 0.75; 1 for one rate.',
  ],
  [
    { optimizer: { layers: 'reference' } },
    'optimizer.layers must be left out where optimizer.layerDecay is 1; received "reference". Set optimizer.layerDecay below 1, e.g. 0.75.',
  ],
];

test.each(refused)('%j is refused', (change, fault) => {
  expect(faultsOf({ ...base, model: small, ...change })).toEqual([fault]);
});

test.each(['clip', 'supervised'])('%s asks for no mask ratio and no decoder', (method) => {
  const model = { ...small, decoderDim: 7 };
  expect(faultsOf({ ...base, method, image: { maskRatio: 0 }, text: { maskRatio: 0 }, model })).toEqual([]);
});

test('the original MAE can be written as a config', () => {
  const config = resolveConfig({
    ...base,
    method: 'mae',
    model: { size: 'base', useTypeEmbedding: false, gelu: 'erf' },
    loss: { normalizeTargets: true },
    optimizer: { decay: 'facebook' },
  });
  const { model } = stepConfig(config, { vocabSize: 10, trainLength: 640 });
  const { decays } = taskOf(config, model);
  expect(model).toMatchObject({ useTypeEmbedding: false, gelu: 'erf' });
  expect([config.loss.normalizeTargets, config.train.maskScope]).toEqual([true, 'sample']);
  // The original's rule: only one-dimensional parameters are exempt, so tokens decay.
  expect(['clsToken', 'encoder.norm.scale'].map(decays)).toEqual([true, false]);
});

const clip = resolveConfig({ ...base, method: 'clip', model: small, text: { maxLength: 5 } });
const supervised = resolveConfig({
  ...base,
  method: 'supervised',
  model: small,
  image: { size: 16, patchSize: 8 },
  augment: { mixup: 0.8, cutmix: 1, labelSmoothing: 0.1 },
  optimizer: { layerDecay: 0.5, weightDecay: 0, warmup: { steps: 0 }, learningRatePer: 'batch' },
});

test('a text tower is as wide and deep as the trunk, unless told otherwise', () => {
  expect(modelOf(clip, { vocabSize: 11 })).toMatchObject({
    vocabSize: 11,
    sharedDim: 8,
    textTower: { dim: 8, depth: 2, heads: 2, length: 5, attention: 'causal', pooling: 'last' },
  });
});

test('weight decay: matrices of a CLIP, no scale or bias; a classifier as the reference with Q6 mended', () => {
  expect(
    ['textTower.table', 'clsToken', 'textProjection.kernel'].map((path) => decayed(path, 'clip')),
  ).toEqual([true, true, true]);
  expect(
    ['logitScale', 'encoder.norm.scale', 'encoder.norm.bias'].map((path) => decayed(path, 'clip')),
  ).toEqual([false, false, false]);
  const paths = ['classifier.output.kernel', 'classifier.norm.scale', 'clsToken', 'types.encoderImage'];
  expect(paths.map((path) => decayed(path, 'supervised'))).toEqual([true, false, false, false]);
});

/** One step on a batch of two, eagerly. */
async function stepOnce(
  config: TrainerConfig,
  batch: object,
  params?: (fresh: Tree<NdArray>) => Tree<NdArray>,
) {
  const { model, schedule } = stepConfig(config, { vocabSize: 11, trainLength: 640, classes: 3 });
  const task = taskOf(config, model);
  const step = createTrainStep({
    task,
    optimizer: optimizerOf(config, task, model.depth),
    schedule: warmupCosine({ ...schedule, peak: 0.01, warmupSteps: 0 }),
    runner: createRunner({ engine: 'eager:cpu' }),
  });
  const fresh = task.init(key(1));
  const { state } = step.initFrom(params ? params(fresh) : fresh);
  const result = await step.run(state, () => batch, 0);
  return {
    before: new Map(flattenTree<NdArray>(state.params)),
    after: new Map(flattenTree<NdArray>(result.state.params)),
  };
}

const pictures = (patches: number, dim: number): NdArray => ({
  shape: [2, patches, dim],
  data: Float32Array.from({ length: 2 * patches * dim }, (_, i) => Math.sin(i)),
});

test('the logit scale is put back into its range after an update', async () => {
  const batch = {
    patches: pictures(4, 16 * 16 * 3),
    tokenIds: { shape: [2, 5], data: Int32Array.of(1, 2, 3, 0, 0, 4, 5, 6, 7, 0) },
    paddingMask: { shape: [2, 5], data: Float32Array.of(0, 0, 0, 1, 1, 0, 0, 0, 0, 1) },
  };
  const at = (value: number) => (fresh: Tree<NdArray>) =>
    mapTree<NdArray, NdArray>(fresh, (leaf, path) => (path === 'logitScale' ? scalarArray(value) : leaf));
  for (const [start, end] of [
    [9, 4.6052],
    [-3, 0],
  ] as const) {
    const { after } = await stepOnce(clip, batch, at(start));
    expect(after.get('logitScale')!.data[0]).toBeCloseTo(end, 4);
  }
});

test('layer-wise rates: the head in full, embeddings least, the last normalisation as the head', async () => {
  const targets = { shape: [2, 3], data: Float32Array.of(1, 0, 0, 0, 0.5, 0.5) };
  const { before, after } = await stepOnce(supervised, { patches: pictures(4, 192), targets });
  // AdamW's first update is the rate itself wherever there is a gradient.
  const largest = (path: string) =>
    Math.max(...after.get(path)!.data.map((value, i) => Math.abs(value - before.get(path)!.data[i]!)));
  const expected = {
    'classifier.output.kernel': 0.01,
    'encoder.norm.bias': 0.01,
    'encoder.blocks.1.mlp.output.kernel': 0.005,
    'encoder.blocks.0.mlp.output.kernel': 0.0025,
    'imageEmbedding.kernel': 0.00125,
    clsToken: 0.00125,
    'types.encoderImage': 0.00125,
  };
  for (const [path, rate] of Object.entries(expected)) {
    expect([path, largest(path)]).toEqual([path, expect.closeTo(rate, 5)]);
  }
});

test('a batch is mixed anew in each step, the same for the same step, labels with their pictures', () => {
  const task = taskOf(supervised, modelOf(supervised, { vocabSize: 11, classes: 3 }));
  const labels = { shape: [2], data: Int32Array.of(0, 2) };
  const loaded = { patches: pictures(4, 192), labels, indices: Int32Array.of(0, 1) };
  const at = (step: number) =>
    task.collate({ pictures: loaded }, { step, key: key(0) }) as { patches: NdArray; targets: NdArray };
  expect(at(3)).toEqual(at(3));
  const weights = [0, 1, 2, 3, 4].map((step) => at(step).targets.data[0]!);
  expect(new Set(weights).size).toBe(5);
  for (let step = 0; step < 8; step++) {
    const { patches, targets } = at(step);
    const own = (targets.data[0]! - 0.1 / 3) / 0.9;
    // Two pictures mixed both ways: what they add up to stays, and so does what their classes add up to.
    for (let i = 0; i < 4 * 192; i++) {
      const sum = loaded.patches.data[i]! + loaded.patches.data[4 * 192 + i]!;
      expect(patches.data[i]! + patches.data[4 * 192 + i]!).toBeCloseTo(sum, 4);
    }
    expect(own).toBeGreaterThanOrEqual(0);
    expect(targets.data[2]! + targets.data[5]!).toBeCloseTo(targets.data[0]! + targets.data[3]!, 5);
  }
  expect(loaded.patches).toEqual(pictures(4, 192));
});

// Without decoder, mask token, its type and the image head, an MAE is a trunk.
test('parameters are counted by method', () => {
  const classes = 5;
  const trunk =
    parameterCount(supervised.method, modelOf(supervised, { vocabSize: 11, classes })) - (16 + 9 * classes);
  const config = resolveConfig({
    ...base,
    method: 'clip',
    model: { ...small, clip: { sharedDim: 3 } },
    image: { size: 16, patchSize: 8 },
    text: { maxLength: 5 },
  });
  const stack = 2 * (4 * 8 + 9 * 24 + 9 * 8 + 9 * 32 + 33 * 8) + 16;
  expect(parameterCount(config.method, modelOf(config, { vocabSize: 11 }))).toBe(
    trunk + 11 * 8 + 5 * 8 + stack + 2 * 24 + 1,
  );
  expect(trunk).toBe(8 + 8 + 193 * 8 + stack);
});
