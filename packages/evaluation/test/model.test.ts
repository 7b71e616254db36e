import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRunner } from '@m3ae/compile';
import { encodePng, openFolderParts } from '@m3ae/datasets';
import { writeWhole } from '@m3ae/checkpoint/files';
import { createTokenizer } from '@m3ae/preprocess';
import { key } from '@m3ae/random';
import { initClassifier, initM3ae, resolveClassifierConfig, resolveM3aeConfig } from '@m3ae/transformer';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  attentionOfOwn,
  attentionOfSplits,
  createExampleEncoder,
  type DataSplit,
  encodeLabeled,
  encodeSplits,
  type LabeledSplits,
  labeledSplits,
  limited,
  openWeightsModel,
  type OpenedModel,
  type PictureEncoder,
  pictureEncoderOf,
  rebuildOwnInput,
  rebuildSplits,
  requireJoint,
  requireRebuilding,
  requireText,
  weightsOfModel,
  wholeSplit,
  whyUnclassified,
  withPictureEncoder,
} from '../src/model.js';
import { probeEvaluator } from '../src/probe.js';
import { largestDifference } from './support-model.js';

// What another project does: pictures of its own in a folder, a model of its own, no config and no command.
const folder = mkdtempSync(join(tmpdir(), 'm3ae-model-'));
const colors = { blue: [20, 40, 220], green: [30, 200, 50], red: [220, 30, 20] };
let splits: LabeledSplits;
beforeAll(async () => {
  for (const split of ['train', 'val', 'test']) {
    for (const [name, color] of Object.entries(colors)) {
      mkdirSync(join(folder, split, name), { recursive: true });
      for (let at = 0; at < 6; at++) {
        const data = Uint8Array.from(
          { length: 16 * 16 * 3 },
          (_, i) => color[i % 3]! + (((i * 7 + at) % 13) - 6),
        );
        const png = await encodePng({ width: 16, height: 16, channels: 3, data });
        writeWhole(join(folder, split, name, `${at}.png`), png);
      }
    }
  }
  const parts = await openFolderParts({
    kind: 'folder',
    path: folder,
    labels: 'subfolder',
    captions: 'none',
  });
  const whole = (name: 'train' | 'validation' | 'test') =>
    wholeSplit(parts[name]!, { name, title: name, note: '' });
  splits = { train: whole('train'), validation: whole('validation'), tests: [whole('test')] };
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const image = { size: 16, patchSize: 8, mean: [0, 0, 0], std: [1, 1, 1], normalizeTargets: false };
const config = resolveM3aeConfig({ patchSize: 8, vocabSize: 30522, embedDim: 8, depth: 1, heads: 2 });
const model: OpenedModel = {
  kind: 'm3ae',
  config,
  params: initM3ae(key(3), config),
  name: 'my model',
  weights: '0123456789abcdef',
  image,
  text: { maxLength: 6, tokenizer: 'bert', words: createTokenizer() },
};

/** Stands for any encoder: the color of the first pixel. */
const counted = { batches: 0 };
const ofFirstPixel: PictureEncoder = {
  image,
  weights: 'first-pixel-encoder',
  features: ['mean'],
  async encode({ shape: [rows = 0, patches = 0, patchDim = 0], data }) {
    counted.batches++;
    const first = (row: number) => data.slice(row * patches * patchDim, row * patches * patchDim + 3);
    return { mean: Float32Array.from(Array.from({ length: rows }, (_, row) => [...first(row)]).flat()) };
  },
  dispose: async () => {},
};

test('an encoder of any kind is probed, and its features are kept by what they depend on', async () => {
  const kept = join(folder, 'kept');
  const options = { folder: kept, batchSize: 4 };
  const encoded = await encodeLabeled(ofFirstPixel, splits, ['mean'], options);
  expect(encoded.classNames).toEqual(['blue', 'green', 'red']);
  expect(counted.batches).toBe(3 * 5); // 18 pictures in fours, thrice
  const { features } = await probeEvaluator({
    features: ['mean'],
    l2: [1e-3],
    runner: createRunner(),
  }).run(encoded);
  expect(features.mean!.tests.test!.top1.value).toBe(1);
  expect(await encodeLabeled(ofFirstPixel, splits, ['mean'], options)).toEqual(encoded);
  expect(counted.batches).toBe(3 * 5);
  expect(readdirSync(join(kept, 'features')).every((name) => name.startsWith('first-pixel-enco-'))).toBe(
    true,
  );
  const fewer = { ...splits, train: limited(splits.train, 6) };
  const other = await encodeLabeled(ofFirstPixel, fewer, ['mean'], options);
  expect([...other.train.labels]).toEqual([0, 0, 1, 1, 2, 2]); // evenly spread
  expect(counted.batches).toBe(3 * 5 + 2);
});

test('an encoder that returns no flat numbers is told what it must return', async () => {
  const matrix = (data: Float32Array) => ({ rows: 4, columns: 3, data });
  const answers: [unknown, RegExp][] = [
    [{ mean: matrix(new Float32Array(12)) }, /flat numbers, 4 pictures .*"columns":3.*return its data/],
    [{ mean: [new Float32Array(3), [], [], []] }, /flat numbers.*received 4 values/],
    [{ mean: new Float32Array(13) }, /flat numbers, 4 pictures .*received 13 values/],
    [{ cls: new Float32Array(12) }, /flat numbers.*received nothing/],
    [undefined, /flat numbers.*received nothing/],
  ];
  for (const [answer, message] of answers) {
    const encoder = { ...ofFirstPixel, weights: 'other-encoder-16', encode: async () => answer as never };
    const encoding = encodeSplits(encoder, [splits.validation], ['mean'], { batchSize: 4 });
    await expect(encoding).rejects.toThrow(/^encode\(patches\)\.mean must be /);
    await expect(encodeSplits(encoder, [splits.validation], ['mean'], { batchSize: 4 })).rejects.toThrow(
      message,
    );
  }
});

test('features of a model are those of its encoder, whoever prepares the picture', async () => {
  const runner = createRunner();
  const encoder = pictureEncoderOf(model, runner);
  const [split] = await encodeSplits(encoder, [splits.tests[0]!], ['mean', 'pixels'], { batchSize: 4 });
  await encoder.dispose();
  const files = Array.from(splits.tests[0]!.indices, (at) =>
    join(folder, 'test', Object.keys(colors)[Math.floor(at / 6)]!, `${at % 6}.png`),
  );
  const own = createExampleEncoder(model, { runner, batchSize: 4 });
  const { mean, patches, dim } = await own.encode(files);
  await own.dispose();
  expect(mean).toEqual(split!.features.mean!.data);
  // The mean is that of the patch tokens, and another engine finds the same.
  const tokens = Array.from({ length: 4 }, (_, patch) => patches[(7 * 4 + patch) * dim]!);
  expect(mean[7 * dim]).toBeCloseTo(tokens.reduce((sum, token) => sum + token, 0) / 4, 6);
  const eager = createExampleEncoder(model, { runner: createRunner({ engine: 'eager:cpu' }), batchSize: 1 });
  expect(
    largestDifference((await eager.encode([files[7]!])).mean, mean.slice(7 * dim, 8 * dim)),
  ).toBeLessThan(1e-5);
  await eager.dispose();
});

test('splits without classes, or with an empty one, are refused by the field that gives them', async () => {
  const { train } = splits;
  const { labels: _, ...bare } = train.dataset;
  const wrong: [LabeledSplits, RegExp][] = [
    [{ ...splits, train: { ...train, dataset: bare as DataSplit['dataset'] } }, /^labels must be given/],
    [{ ...splits, tests: [] }, /^validationShare must be so large/],
    [{ ...splits, train: limited(train, 1) }, /^labels must be of at least two classes; received 1/],
  ];
  for (const [given, message] of wrong)
    await expect(encodeLabeled(ofFirstPixel, given, ['mean'])).rejects.toThrow(message);
});

test('a model is asked only for what it can do', () => {
  expect(requireJoint(model)).toBe(model);
  const { text: _, ...silent } = model;
  expect(() => requireText(silent, 'retrieve')).toThrow(
    /^retrieve needs a model with text parameters; received my model/,
  );
  const wordless = { ...silent, wordless: 'its words are not known' };
  expect(() => requireJoint(wordless)).toThrow(
    'words can be read; received my model: its words are not known',
  );
  const encoder: OpenedModel = { ...silent, kind: 'encoder' };
  expect(() => requireRebuilding(encoder)).toThrow('received my model, an encoder alone');
});

test('the weights of a model are what opens as the same model, and of a supervised one its encoder', () => {
  const reopened = openWeightsModel(weightsOfModel(model, 7), { name: 'my model', maxLength: 6 });
  expect(reopened).toMatchObject({ kind: 'm3ae', config, image });
  expect(reopened.params === model.params).toBe(true);
  const classes = resolveClassifierConfig(config, { classes: 3 });
  const params = initClassifier(key(5), classes);
  const encoder = weightsOfModel({ ...model, kind: 'supervised', config: classes, params });
  const { classifier: _, ...trunk } = params;
  expect(encoder).toMatchObject({ kind: 'encoder', image: { size: 16 } });
  expect(Object.keys(encoder.params)).toEqual(Object.keys(trunk));
  expect(encoder.config).not.toHaveProperty('classes');
});

test('a model of an unknown kind is refused with the nearest', () => {
  const odd = { ...model, kind: 'm3a' } as unknown as OpenedModel;
  const asked = [
    () => pictureEncoderOf(odd, createRunner()),
    () => createExampleEncoder(odd, { runner: createRunner(), batchSize: 1 }),
    () => requireText(odd, 'retrieve'),
    () => requireRebuilding(odd),
  ];
  for (const ask of asked)
    expect(ask).toThrow(/^model\.kind must be one of m3ae, .*received m3a\. Did you mean/);
});

test('no picture at a time is refused, and not waited for without end', () => {
  const options = { runner: createRunner(), batchSize: 0 };
  expect(() => createExampleEncoder(model, options)).toThrow('batchSize must be a positive integer');
});

test('a gallery has as many pictures of each split as were asked for', async () => {
  const names: string[] = [];
  const gallery = await rebuildSplits(model, [splits.validation, ...splits.tests], {
    runner: createRunner(),
    examples: 3,
    inputs: ['image'],
    imageMaskRatio: 0.5,
    textMaskRatio: 0.5,
    key: key(1),
    addressOf: async (_picture, name) => (names.push(name), name),
  });
  expect(gallery!.items.map(({ part }) => part)).toEqual(['validation', 'test', 'test']);
  expect(names.slice(0, 3)).toEqual(['0-original', '0-hidden', '0-rebuilt']);
});

test('a picture and a caption of one’s own are hidden by the key, and rebuilt', async () => {
  const picture = join(folder, 'test', 'red', '0.png');
  const options = { runner: createRunner(), imageMaskRatio: 0.5, textMaskRatio: 0.5 };
  const own = { picture, caption: 'a red cat on a red mat of red wool' };
  const rebuild = (seed: number) => rebuildOwnInput(model, own, { ...options, key: key(seed) });
  const rebuilt = await rebuild(1);
  expect(rebuilt).toEqual(await rebuild(1));
  expect(rebuilt.picture!.data).not.toEqual((await rebuild(2)).picture!.data);
  const { width, height, data } = rebuilt.picture!;
  expect([width, height]).toEqual([3 * 16, 16]);
  // The original stands first: red over blue, as it was written.
  expect(data[0]! - data[2]!).toBeGreaterThan(150);
  expect(rebuilt.pieces.map(({ piece }) => piece)).toContain('red');
  expect(rebuilt.notes).toHaveLength(1); // the caption is cut to six pieces
  const mae: OpenedModel = { ...model, kind: 'mae', text: undefined };
  await expect(rebuildOwnInput(mae, own, { ...options, key: key(1) })).rejects.toThrow(
    /^caption must be left out for a model without text/,
  );
  const alone = await rebuildOwnInput(model, { caption: 'red cat' }, { ...options, key: key(1) });
  expect([alone.picture, alone.error]).toEqual([null, null]);
});

test('where words of a caption look is drawn and kept, without a score', async () => {
  const kept: string[] = [];
  const addressOf = async (_: unknown, name: string) => (kept.push(name), `${name}.png`);
  const options = { runner: createRunner(), addressOf };
  const own = { picture: join(folder, 'test', 'red', '0.png'), caption: 'red cat' };
  const { pictures, map, pointing } = await attentionOfOwn(model, own, 'last', options);
  expect([map.choice, pointing]).toEqual(['last', null]);
  expect(pictures).toMatchObject([{ file: '0.png', words: [{ text: 'red' }, { text: 'cat' }] }]);
  expect(kept.sort()).toEqual(['0', '0-patch', '0-word-0', '0-word-1']);
  await expect(attentionOfSplits(model, splits.tests, 2, 'last', options)).rejects.toThrow(/captions/);
  const [test] = splits.tests;
  const caption = (index: number) => (index % 2 === 1 ? 'a red thing' : '');
  const told = { ...test!, dataset: { ...test!.dataset, kind: 'paired' as const, caption } };
  const found = await attentionOfSplits(model, [told], 2, 'mean', options);
  expect(found.pictures.map((each) => each.caption)).toEqual(['a red thing', 'a red thing']);
});

test('an encoder is freed when its work is done, and when that fails', async () => {
  let freed = 0;
  const eager = createRunner({ engine: 'eager:cpu' });
  const runner = ((...given) => {
    const program = eager(...given);
    return { ...program, dispose: async () => (freed++, program.dispose()) };
  }) as typeof eager;
  expect(await withPictureEncoder(model, runner, async ({ features }) => features)).toContain('mean');
  await expect(withPictureEncoder(model, runner, () => Promise.reject(new Error('no')))).rejects.toThrow(
    'no',
  );
  expect(freed).toBe(2);
});

test('what may be classified is told before anything is encoded', () => {
  const { train: labeled, validation, tests } = splits;
  const given = { labeled, validation, tests };
  expect(whyUnclassified(given)).toBeUndefined();
  expect(whyUnclassified({ ...given, labeled: null }, 'data')).toMatch(/^data\.labels must be given/);
  expect(labeledSplits(given)).toEqual(splits);
  expect([...labeledSplits(given, { maxTrainExamples: 2 }).train.indices]).toEqual([0, 9]); // of 18, evenly spread
  expect(() => labeledSplits({ ...given, validation: null })).toThrow(/^validationShare must be/);
});
