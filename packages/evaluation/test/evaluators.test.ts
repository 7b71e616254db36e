import { createRunner } from '@m3ae/compile';
import type { Loader } from '@m3ae/datasets';
import { key, normal } from '@m3ae/random';
import { expect, test } from 'vitest';
import { classMap } from '../src/embedding/embed-2d.js';
import { drawAttended } from '../src/attention/overlay/attended-picture.js';
import {
  type EncodedSplit,
  type EncodedSplits,
  type EvaluationPeers,
  type Evaluator,
  featuresOf,
  type Matrix,
} from '../src/index.js';
import { linearEngine, linearProbe, neighborEvaluator, neighborProbe, probeEvaluator } from '../src/probe.js';
import { encodePictures } from '../src/features.js';
import { outlierEvaluator, outlierReport, outlierScores } from '../src/outliers.js';
import { type CaptionedSplit, type PairScorer, retrievalEvaluator } from '../src/retrieval.js';
import { type AttentionChoice, pointingEvaluator } from '../src/attention.js';
import { plainProduct } from './plain-product.js';

const runner = createRunner({ engine: 'eager:cpu' });
const classNames = ['cat', 'dog', 'bird'];

/** Rows around one corner a class, `shift` away from where the training rows are. */
function drawn(seed: number, rows: number, shift = 0): Pick<EncodedSplit, 'features' | 'labels'> {
  const labels = Int32Array.from({ length: rows }, (_, row) => row % 3);
  const matrix = (more: number, height: number): Matrix => ({
    rows,
    columns: 4,
    data: normal(key(seed + more), rows * 4).map(
      (value, at) => value + shift + (at % 4 === labels[Math.floor(at / 4)] ? height : 0),
    ),
  });
  return { features: { mean: matrix(0, 1), cls: matrix(100, 2), pixels: matrix(200, 8) }, labels };
}
const splits: EncodedSplits = {
  classNames,
  train: { name: 'train', ...drawn(0, 90) },
  validation: { name: 'validation', ...drawn(1, 30) },
  tests: [
    { name: 'one', title: 'the first', note: 'A note.', unreadable: 2, ...drawn(2, 30) },
    { name: 'two', ...drawn(3, 15) },
  ],
};

/** One kind of features, as the functions below the evaluators take them. */
const part = (split: EncodedSplit, name: string) => ({
  features: split.features[name]!,
  labels: split.labels,
});
const probed = (name: string) => ({
  train: part(splits.train, name),
  validation: part(splits.validation, name),
  tests: { one: part(splits.tests[0]!, name), two: part(splits.tests[1]!, name) },
});

test('a probe tells of each kind of features what the probe of it alone says, and the best of those learned', async () => {
  const penalties = [1, 0.1];
  const evaluator = probeEvaluator({ features: ['mean', 'cls', 'pixels'], l2: penalties, runner });
  const results = await evaluator.run(splits);
  for (const name of ['mean', 'cls', 'pixels'] as const) {
    const alone = await linearProbe(probed(name), classNames, penalties, linearEngine(runner));
    const { l2, validation, tests } = results.features[name]!;
    expect({ l2, validation }).toEqual({ l2: alone.chosen, validation: alone.validation });
    expect(tests.two!.top1).toEqual(alone.tests.two!.top1);
  }
  expect(results.best).toBe('cls'); // pixels are better, and not learned
  expect(results.features.pixels!.validation.value).toBeGreaterThan(results.features.cls!.validation.value);
  expect(evaluator.headline(results)).toEqual({
    one: results.features.cls!.tests.one!.top1.value,
    two: results.features.cls!.tests.two!.top1.value,
  });
  expect(results.tests).toEqual([
    { key: 'one', name: 'the first', note: 'A note.', length: 30, unreadable: 2, majority: 1 / 3 },
    { key: 'two', name: 'two', note: '', length: 15, majority: 1 / 3 },
  ]);
  const counted = results.details.one!.confusion.reduce((sum, [, , count]) => sum + count, 0);
  expect(counted).toBe(30);
});

test('neighbors are those of the function below, and progress is told', async () => {
  const told: number[] = [];
  const onProgress = (done: number) => void told.push(done);
  const evaluator = neighborEvaluator({ features: ['mean'], counts: [1, 5], runner, onProgress });
  const { features } = await evaluator.run(splits);
  const alone = await neighborProbe(probed('mean'), classNames, [1, 5], plainProduct);
  expect(features.mean).toMatchObject({ neighbors: alone.chosen, validation: alone.validation });
  expect(told).toEqual([0, 1]);
});

test('outliers: all test rows together, and each part alone, against each set', async () => {
  const outside = [{ name: 'far', title: 'far away', ...drawn(9, 20, 8) }];
  const evaluator = outlierEvaluator({ features: 'mean', outside, l2: [0.1], runner });
  const results = await evaluator.run(splits);
  expect(results.classifier.kind).toBe('linear');
  expect(results.neighbors).toBe(30); // as many as a class has
  const sets = { two: splits.tests[1]!, far: outside[0]! };
  const scores = await outlierScores(
    { two: { features: sets.two.features.mean! }, far: { features: sets.far.features.mean! } },
    { train: part(splits.train, 'mean'), classes: 3, product: plainProduct, methods: ['mahalanobis'] },
  );
  const alone = outlierReport(scores, 'two');
  expect(results.byTest.two!.far!.mahalanobis!.auroc).toBeCloseTo(alone.mahalanobis!.far!.auroc, 6);
  expect(evaluator.headline(results)['mahalanobis.far']).toBe(results.sets.far!.mahalanobis!.auroc);
  expect(results.outliers).toEqual([{ key: 'far', name: 'far away', note: '', length: 20 }]);
});

test('outliers: a set with the name of another, or no penalty to try, is refused', async () => {
  const options = { features: 'mean', l2: [0.1], runner } as const;
  const outside = ['one', 'inside'].map((name) => ({ name, ...drawn(4, 20, 6) }));
  await expect(outlierEvaluator({ ...options, outside }).run(splits)).rejects.toMatchObject({
    faults: [
      { path: 'outside', received: 'one' },
      { path: 'outside', received: 'inside' },
    ],
  });
  const none = outlierEvaluator({
    ...options,
    l2: [],
    outside: [{ name: 'far', ...drawn(4, 20, 6) }],
  });
  await expect(none.run(splits)).rejects.toMatchObject({ faults: [{ path: 'l2' }] });
});

test('a wanted map is taken whatever the order of its fields; one that there is not is refused', async () => {
  const count = 2;
  const zeros = (width: number) => ({ shape: [count, width], data: new Float32Array(count * width) });
  const split = (name: string) => ({
    name,
    pairs: { patches: zeros(2), tokenIds: zeros(1), paddingMask: zeros(1) },
    things: Array.from({ length: count }, () => [{ label: 'a', places: [0], box: [0, 0, 1, 1] as const }]),
  });
  const options = {
    encoder: { depth: 2, heads: 2 },
    attend: async (_: unknown, choices: readonly AttentionChoice[]) =>
      Array.from({ length: count }, () => ({
        wordToPatches: {
          shape: [choices.length, 1, 2],
          data: normal(key(7), 2 * choices.length).map(Math.abs),
        },
        patchToWords: {
          shape: [choices.length, 2, 1],
          data: normal(key(8), 2 * choices.length).map(Math.abs),
        },
      })),
    grid: [1, 2],
    width: 2,
    height: 1,
    key: key(0),
  } as const;
  const wanted = { head: 1, layer: 0 };
  const { map } = await pointingEvaluator({ ...options, wanted }).run({
    validation: split('validation'),
    tests: [split('test')],
  });
  expect(map.choice).toEqual(wanted);
  expect(() => pointingEvaluator({ ...options, wanted: { layer: 2 } })).toThrow('layer must be an integer');
});

test('logits among the features are read as those of a head', async () => {
  const headed = (split: EncodedSplit) => ({
    ...split,
    features: {
      ...split.features,
      logits: { rows: split.labels.length, columns: 3, data: new Float32Array(split.labels.length * 3) },
    },
  });
  const outside = [headed({ name: 'far', ...drawn(9, 20, 8) })];
  const scores = ['maximumSoftmax', 'mahalanobis'] as const;
  const evaluator = outlierEvaluator({ features: 'mean', scores, outside, l2: [], runner });
  const results = await evaluator.run({ ...splits, tests: splits.tests.map(headed) });
  expect(results.classifier).toEqual({ kind: 'head' });
  expect(results.sets.far!.maximumSoftmax!.auroc).toBe(0.5); // even logits tell nothing
});

test('both is mean and cls side by side; features that are not there are refused by name', () => {
  const both = featuresOf(splits.train, 'both');
  expect([both.columns, both.data[4]]).toEqual([8, splits.train.features.cls!.data[0]]);
  expect(() => featuresOf(splits.train, 'means')).toThrow(
    /train\.features must .*means.*Did you mean mean\?/s,
  );
});

test('an evaluator of a third party is an object', async () => {
  const rows: Evaluator<number> = {
    name: 'rows',
    run: async ({ tests }) => tests.reduce((sum, { labels }) => sum + labels.length, 0),
    headline: (result) => ({ rows: result }),
  };
  expect(rows.headline(await rows.run(splits))).toEqual({ rows: 45 });
});

test('retrieval: captions that are the same are one answer; classes by their texts are counted', async () => {
  const asked: unknown[] = [];
  const scorer: PairScorer = {
    by: 'cosine',
    async score(_, texts) {
      asked.push(texts);
      // Pictures 0 and 2 have the caption of text 0; picture 1 is taken for it too.
      return {
        similarity: { rows: 3, columns: 2, data: Float32Array.of(1, 0, 1, 0, 1, 0) },
        predicted: Int32Array.of(0, 1, 1),
      };
    },
    dispose: async () => {},
  };
  const empty = { shape: [0], data: new Float32Array() };
  const pairs = { patches: empty, tokenIds: empty, paddingMask: empty };
  const split: CaptionedSplit = {
    name: 'test',
    pairs,
    captions: ['a', 'b', 'a'],
    classes: { labels: [0, 0, 1], texts: pairs },
  };
  const evaluator = retrievalEvaluator(scorer);
  const results = await evaluator.run([split]);
  expect(asked).toEqual([[0, 1]]);
  expect(results.parts.test).toMatchObject({ pictures: 3, captions: 2, title: 'test' });
  expect(results.imageToText.r1!.value).toBeCloseTo(2 / 3);
  expect(results.parts.test!.chance.imageToText.r1!.value).toBeCloseTo(1 / 2);
  expect(results.zeroShot!.test!.value).toBeCloseTo(2 / 3);
  expect(evaluator.headline(results)).toHaveProperty(['test.imageToText.r1']);
});

/** The picture of example i is the number i; example 12 cannot be read. */
const numbers: Pick<Loader, 'stream'> = {
  async *stream(requests) {
    for await (const { indices } of requests) {
      const read = indices.filter((index) => index !== 12);
      yield {
        patches: { shape: [read.length, 1, 1], data: Float32Array.from(read) },
        labels: { shape: [read.length], data: read.map((index) => index % 2) },
        indices: read,
      };
    }
  },
};

test('pictures are encoded in batches of one size, and those that cannot be read have no row', async () => {
  const sizes: number[] = [];
  const wanted = Int32Array.of(10, 11, 12, 13, 14);
  const found = await encodePictures(
    async ({ shape, data }) => {
      sizes.push(shape[0]!);
      return { twice: Float32Array.from(data, (value) => 2 * value) };
    },
    numbers,
    wanted,
    2,
  );
  expect(sizes).toEqual([2, 2, 2]);
  expect([...found.features.twice!.data]).toEqual([20, 22, 26, 28]);
  expect([...found.indices]).toEqual([10, 11, 13, 14]);
  expect([...found.labels]).toEqual([0, 1, 1, 0]);
});

/** Processes within this one: what each passes meets that of the others, one call after the other. */
function peersInProcess(size: number): EvaluationPeers[] {
  const rounds: { values: unknown[]; resolve: ((all: never) => void)[] }[] = [];
  return Array.from({ length: size }, (_, rank) => {
    let calls = 0;
    return {
      rank,
      size,
      gather: (own) =>
        new Promise<never>((resolve) => {
          const round = (rounds[calls++] ??= { values: [], resolve: [] });
          round.values[rank] = own;
          round.resolve.push(resolve);
          if (round.resolve.length === size) round.resolve.forEach((each) => each(round.values as never));
        }),
    };
  });
}

test.each([2, 3, 4])('%d processes share the batches, and each has the features of all', async (size) => {
  const wanted = Int32Array.of(10, 11, 12, 13, 14);
  const made: number[] = [];
  const encode = (peers?: EvaluationPeers) =>
    encodePictures(
      async ({ data }) => {
        if (peers) made.push(data[0]!);
        return { twice: Float32Array.from(data, (value) => 2 * value) };
      },
      numbers,
      wanted,
      2,
      undefined,
      peers,
    );
  const alone = await encode();
  for (const found of await Promise.all(peersInProcess(size).map(encode))) expect(found).toEqual(alone);
  expect(made.sort()).toEqual([10, 13, 14]); // each batch once
});

test('a map has a point a row, three decimals, with its class', () => {
  const points = classMap(splits.tests[0]!.features.mean!, splits.tests[0]!.labels, {
    key: key(0),
    method: 'tsne',
  });
  expect(points.map(([, , label]) => label)).toEqual([...splits.tests[0]!.labels]);
  for (const [x, y] of points) expect([x, y]).toEqual([x, y].map((value) => Math.round(value * 1000) / 1000));
});

test('an attended picture is enlarged; the patch under the first box looks at the words', () => {
  const picture = { width: 4, height: 4, data: new Uint8Array(48).fill(100) };
  // One map, two words, four patches; patch 3 gives all to word 1.
  const attended = {
    wordToPatches: { shape: [1, 2, 4], data: Float32Array.of(1, 0, 0, 0, 0, 0, 0, 1) },
    patchToWords: { shape: [1, 4, 2], data: Float32Array.of(0, 0, 0, 0, 0, 0, 0.25, 0.5) },
  };
  const things = [{ label: 'cat', box: [2, 2, 4, 4] as const }, { label: 'dog' }];
  const drawing = drawAttended({ picture, grid: [2, 2], attended, things }, 0, 'wordToPatches');
  expect([drawing.picture.width, drawing.words.map(({ text }) => text)]).toEqual([192, ['cat', 'dog']]);
  expect(drawing.patch.words).toEqual([
    { text: 'cat', shade: 0.5 },
    { text: 'dog', shade: 1 },
  ]);
  const pixel = (x: number, y: number) => [
    ...drawing.picture.data.subarray(3 * (y * 192 + x), 3 * (y * 192 + x) + 3),
  ];
  expect(pixel(96, 96)).toEqual([0, 200, 0]); // the edge of the box
  expect(pixel(120, 120)).toEqual([100, 100, 100]);
});
