import { createDataset, type Dataset, wholeSplit } from '@m3ae/datasets';
import { unusable } from '@m3ae/errors';
import { createTokenizer, trimVocabulary } from '@m3ae/preprocess';
import { key } from '@m3ae/random';
import { expect, test } from 'vitest';
import { evaluationLoader, mixSplits, skippedFiles, splitBatches, trainingLoader } from '../src/index.js';

function splitOf(name: string, length: number, facts: Partial<Dataset> = {}, broken: readonly number[] = []) {
  const { kind = 'paired', shards } = facts;
  const reader = {
    caption: (index: number) => (kind === 'image' ? '' : `number ${index}`),
    async image(index: number) {
      if (broken.includes(index)) throw unusable([`${name} ${index} is no picture.`]);
      return { width: 8, height: 8, channels: 3 as const, data: new Uint8Array(192).fill(index) };
    },
    describe: (index: number) => `${name} ${index}`,
  };
  const dataset = createDataset({ name, kind, length, fingerprint: name, shards, notes: [] }, reader);
  return wholeSplit(dataset, { name, title: name, note: '' });
}

const { mapping } = trimVocabulary(createTokenizer(), ['number 1 2 3']);
const reading = {
  image: { size: 8, patchSize: 4, mean: [0, 0, 0], std: [1, 1, 1] },
  text: { maxLength: 4, tokenizer: mapping },
  workers: 0,
  queueSize: 2,
  maxBadShare: 0.5,
} as const;

test('sources are what is read of them; archives have lanes that divide the micro-batches', () => {
  const shards = { ends: Int32Array.of(6, 12), window: 3 };
  const train = splitOf('photos', 12, { shards });
  const text = splitOf('text', 9, { kind: 'text' });
  const options = { key: key(0), batchSize: 6, readsText: true };
  const sourcesOf = (more: object, unpairedText: typeof text | null = text) =>
    mixSplits({ train, unpairedText }, { ...options, ...more }).state().configuration.sources;
  expect(sourcesOf({ microBatches: 6 })).toMatchObject([
    { name: 'photos', kind: 'paired', length: 12, shards: { count: 2, window: 3, lanes: 6 } },
    { name: 'text', kind: 'text', length: 9 },
  ]);
  expect(sourcesOf({ readsText: false }, null)).toMatchObject([{ kind: 'image', shards: { count: 2 } }]);
  const weights = { pictures: 3, unpairedText: 1 };
  expect(sourcesOf({ strategy: 'weighted', weights }).map(({ weight }) => weight)).toEqual([3, 1]);
  expect(sourcesOf({ strategy: 'weighted' }).map(({ weight }) => weight)).toEqual([1, 1]);
});

test('batches come from the splits in the order of the mixer, whatever else draws', async () => {
  const splits = { train: splitOf('photos', 8), unpairedText: splitOf('text', 8, { kind: 'text' }) };
  const mixer = mixSplits(splits, { key: key(1), batchSize: 4, readsText: true });
  const { batches, loaders } = splitBatches(splits, {
    mixer,
    reading,
    augmentation: key(2),
    collate: (examples) => examples,
    key: key(3),
  });
  const again = mixSplits(splits, { key: key(1), batchSize: 4, readsText: true });
  const feed = batches.read({ state: null, first: 0, last: 3 });
  for (let step = 0; step < 3; step++) {
    const { batch } = await feed.next();
    const told = JSON.stringify(batch, (_, value: unknown) =>
      ArrayBuffer.isView(value) ? [...(value as Int32Array)] : value,
    );
    const { parts } = again.next();
    for (const { indices } of parts) expect(told).toContain(JSON.stringify([...indices]));
  }
  expect(loaders).toHaveLength(2);
  await Promise.all(loaders.map((loader) => loader.close()));
});

test('an evaluation leaves out what cannot be decoded, a training takes another; both tell it once', async () => {
  const split = splitOf('photos', 6, {}, [2]);
  const indices = Int32Array.from([1, 2, 3]);
  const loaders = [trainingLoader(split, key(0), reading), evaluationLoader(split, key(0), reading)];
  const read = await Promise.all(loaders.map((loader) => loader.load({ step: 0, indices })));
  expect(read.map((batch) => batch.indices.length)).toEqual([3, 2]);
  expect([...read[1]!.indices]).toEqual([1, 3]);
  expect(read.map(({ tokenIds }) => tokenIds !== undefined)).toEqual([true, true]);
  expect(skippedFiles(loaders).map(({ place }) => place)).toEqual(['photos 2']);
  await Promise.all(loaders.map((loader) => loader.close()));
});
