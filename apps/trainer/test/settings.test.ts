import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvalidInput } from '@m3ae/errors';
import { blockMask, corruptTokens, type MaskPlan, spanMask } from '@m3ae/masking';
import { foldIn, key } from '@m3ae/random';
import type { NdArray } from '@m3ae/tree';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Rule } from '@m3ae/errors/rules';
import { createProgress } from '@m3ae/logging';
import { modelOf, taskOf } from '@m3ae/tasks';
import { applyOverrides, resolveConfig } from '../src/config/resolve.js';
import { configRule } from '../src/config/schema.js';
import { prepare } from '../src/run/prepare.js';
import { pretrain } from '../src/run/pretrain.js';
import { labeledConfig, writeLabeledPictures } from './support/labeled-runs.js';

const folder = mkdtempSync(join(tmpdir(), 'm3ae-settings-'));
const pictures = join(folder, 'pictures');
const progress = createProgress({ quiet: true, output: process.stdout, clock: () => 0 });
beforeAll(() => writeLabeledPictures(pictures, 20));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const configOf = (changes: readonly string[]) =>
  resolveConfig(applyOverrides(labeledConfig(pictures), ['train.steps=2', ...changes]));

/** Two steps in this process; what each logged. */
async function twoSteps(name: string, changes: readonly string[]) {
  const out = mkdtempSync(join(folder, `${name}-`));
  const prepared = await prepare(configOf(changes), progress);
  await pretrain(prepared, { folder: out, progress });
  const lines = readFileSync(join(out, 'metrics.jsonl'), 'utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line) as Record<string, number>);
}

const text = ['data.unpairedText={"kind":"wordnet"}', 'loss.unpairedTextWeight=0.5'];

/** Changes that together name every value of every enum of the schema, but those of {@link elsewhere}. */
const runs: readonly (readonly [string, ...string[]])[] = [
  ['blocks and spans', 'image.masking={"strategy":"block","minBlock":1}', 'text.masking={"strategy":"span"}'],
  ['pieces altered as in BERT', 'text.masking={"strategy":"corrupt"}', 'text.maskRatio=0.15'],
  ['one mask for the batch', 'train.maskScope=batch', 'data.pairedBy=hash', 'data.pairedShare=0.5'],
  ['kernels that differ by rounding', 'train.kernels=fast', 'train.precision=auto'],
  ['blocks computed again', 'train.recompute=blocks'],
  [
    'sgd',
    'optimizer.kind=sgd',
    'optimizer.momentum=0.5',
    'text.vocabulary=bert',
    'model.imagePositions=learned',
  ],
  [
    'lars',
    'optimizer.kind=lars',
    'optimizer.decay=exempt1d',
    'optimizer.learningRatePer=256 examples',
    'model.imagePositions=fixed',
  ],
  ['steps of text alone', ...text, 'data.strategy=weighted', 'data.weights={"pictures":0,"unpairedText":1}'],
  [
    'steps of pictures alone',
    ...text,
    'data.strategy=weighted',
    'data.weights={"pictures":1,"unpairedText":0}',
  ],
  [
    'MAE',
    'method=mae',
    'image.crop={"kind":"randomResized"}',
    'optimizer.decay=facebook',
    'model.gelu=erf',
    'train.engine=eager',
    'train.backend=cpu',
  ],
  ['CLIP', 'method=clip', 'model.clip={"textAttention":"full","textPooling":"cls","textPositions":"fixed"}'],
  [
    'CLIP, the last token',
    'method=clip',
    'model.clip={"textPooling":"last"}',
    'image.crop={"kind":"square","min":8,"max":16}',
  ],
  [
    'CLIP, mean',
    'method=clip',
    'model.clip={"textPooling":"mean"}',
    'model.pooling=mean',
    'model.gelu=quick',
  ],
  [
    'a classifier',
    'method=supervised',
    'optimizer.layerDecay=0.5',
    'optimizer.layers=reference',
    'model.dropPath=0.1',
    'model.dropPathSchedule=linear',
  ],
  [
    'a text head that knows how often',
    'model.textHeadBias=logFrequency',
    'train.engine=eager',
    'train.backend=wasm',
  ],
];

describe('two steps', () => {
  test.each(runs)('%s', async (name, ...changes) => {
    const lines = await twoSteps(name.replaceAll(/\W/g, '-'), changes);
    expect(lines.map(({ step }) => step)).toEqual([1, 2]);
    for (const { loss, skipped } of lines) expect([Number.isFinite(loss), skipped]).toEqual([true, 0]);
  });

  test('of text alone have the loss of their text, and no other part', async () => {
    const changes = [...text, 'data.strategy=weighted', 'data.weights={"pictures":0,"unpairedText":1}'];
    for (const line of await twoSteps('text', changes)) {
      expect(line.imageLoss).toBeUndefined();
      expect(line.loss).toBeCloseTo(0.5 * line.unpairedTextLoss!, 5);
    }
  });
});

/** Values that no run here can have, and why. */
const elsewhere: Readonly<Record<string, readonly string[]>> = {
  'train.device': ['webgpu', 'cuda'], // need such a machine; packages/compile tests the former
  'train.backend': ['tensorflow'], // needs a package that a user installs
  'model.size': ['small', 'base', 'large', 'huge', 'debug'], // too large; vit-small.test.ts
  'evaluation.kinds[]': ['probe', 'knn'], // evaluations.test.ts
  'train.precision': ['bf16'], // needs such a processor; packages/kernels
  'distributed.reduction': ['fast'], // needs ranks; ranks.test.ts
  'image.tokenizer.axes': ['nchw', 'nhwc'], // needs a tokenizer; packages/tasks/test/image-codes.test.ts
  'image.tokenizer.decoder.takes': ['codes', 'vectors'], // as above; image-codes.test.ts
};

/** Every choice of words of a rule with its path; sources of data have tests of their own. */
function* enumsOf({ shape }: Rule, path = ''): Generator<[path: string, values: readonly string[]]> {
  if (shape.kind === 'words') yield [path, shape.words];
  if (shape.kind === 'either') for (const rule of shape.rules) yield* enumsOf(rule, path);
  if (shape.kind === 'each') yield* enumsOf(shape.inner, `${path}[]`);
  if (shape.kind !== 'record') return;
  for (const [name, field] of Object.entries(shape.fields)) {
    if (!['source', 'extra', 'outliers', 'unpairedText'].includes(name))
      yield* enumsOf(field, path === '' ? name : `${path}.${name}`);
  }
}

test('every value of every enum is tried by one of them', () => {
  const configs = [configOf([]), ...runs.map(([, ...changes]) => configOf(changes))];
  const at = (config: unknown, path: string): unknown =>
    path
      .split('.')
      .reduce<unknown>((place, name) => (place as Record<string, unknown> | undefined)?.[name], config);
  const missing = [...enumsOf(configRule)].flatMap(([path, values]) => {
    const tried = new Set([...configs.map((config) => at(config, path)), ...(elsewhere[path] ?? [])]);
    return values.filter((value) => !tried.has(value)).map((value) => `${path}=${value}`);
  });
  expect(missing).toEqual([]);
});

test('the masks of a batch are those of the strategy that the config names', () => {
  const config = configOf([
    'image.masking={"strategy":"block","minBlock":1}',
    'text.masking={"strategy":"span","maxSpan":2}',
  ]);
  const task = taskOf(config, modelOf(config, { vocabSize: 30 }));
  const array = (data: Float32Array | Int32Array, ...shape: number[]): NdArray => ({ shape, data });
  const loaded = {
    indices: Int32Array.of(0, 1),
    patches: array(new Float32Array(2 * 4 * 192), 2, 4, 192),
    tokenIds: array(Int32Array.of(1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6), 2, 6),
    paddingMask: array(new Float32Array(12), 2, 6),
  };
  const batch = task.collate({ pictures: loaded }, { step: 3, key: key(0) }) as Record<string, MaskPlan>;
  const keyOf = (purpose: number) => foldIn(foldIn(key(0), purpose), 3);
  expect(batch.imagePlan).toEqual(
    blockMask(keyOf(3), { grid: [2, 2], maskRatio: 0.5, rows: 2, minBlock: 1 }),
  );
  expect(batch.textPlan!.idsHidden).toEqual(
    spanMask(keyOf(4), { length: 6, maskRatio: 0.5, rows: 2, maxSpan: 2 }).idsHidden,
  );
});

test('altered pieces are those of the reference, and all pieces are seen', () => {
  const config = configOf(['text.masking={"strategy":"corrupt","randomShare":0.2}', 'text.maskRatio=0.5']);
  const idOf = (piece: string) => ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'].indexOf(piece);
  const task = taskOf(config, modelOf(config, { vocabSize: 30 }), { tokenizer: { idOf } });
  const tokenIds = { shape: [1, 6], data: Int32Array.of(7, 8, 9, 10, 11, 12) };
  const paddingMask = { shape: [1, 6], data: new Float32Array(6) };
  const loaded = { indices: Int32Array.of(0), tokenIds, paddingMask };
  const batch = task.collate({ pictures: loaded }, { step: 3, key: key(0) }) as Record<string, unknown>;
  const expected = corruptTokens(foldIn(foldIn(key(0), 4), 3), tokenIds.data, {
    vocabSize: 30,
    maskRatio: 0.5,
    randomShare: 0.2,
    maskId: 4,
    specialIds: [0, 1, 2, 3, 4],
  });
  expect((batch.inputIds as NdArray).data).toEqual(expected.tokenIds);
  const plan = batch.textPlan as MaskPlan;
  expect([plan.mask.data, plan.idsHidden.shape]).toEqual([expected.mask, [1, 0]]);
});

test.each([
  [['text.masking={"strategy":"corrupt","randomShare":0.3}'], 'text.masking'],
  [['text.masking={"strategy":"corrupt"}', 'text.maskRatio=0'], 'text.maskRatio'],
  [['data.weights={"pictures":1,"unpairedText":1}'], 'data.weights'],
  [[...text, 'data.strategy=weighted', 'data.weights={"pictures":0,"unpairedText":0}'], 'data.weights'],
  [['optimizer.momentum=0.5'], 'optimizer.momentum'],
  [['text.masking={"strategy":"block"}'], 'text.masking'],
  [['image.masking={"strategy":"block","minblock":3}'], 'image.masking.minblock'],
])('%j is refused', (changes, path) => {
  const run = () => configOf(changes);
  expect(run).toThrow(InvalidInput);
  expect(run).toThrow(new RegExp(`^${path.replaceAll('.', String.raw`\.`)}`, 'm'));
});
