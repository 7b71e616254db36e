import { fileURLToPath } from 'node:url';
import { type DatasetSpec, openDataset } from '@m3ae/datasets';
import { wholeSplit } from '@m3ae/evaluation/model';
import { expect, test } from 'vitest';
import { resolveConfig } from '../src/config/resolve.js';
import { mixerFor } from '../src/run/mixer.js';
import { settingRules } from '../src/run/rules.js';
import { streamsOf } from '@m3ae/runs';

const words = { name: 'train', title: 'training', note: '' };
const shards = fileURLToPath(
  new URL('../../../packages/datasets/test/fixtures/webdataset/shard-{000,001}.tar', import.meta.url),
);

const configOf = (source: DatasetSpec | string) =>
  resolveConfig({
    data: { source },
    image: { size: 16, patchSize: 8 },
    model: { embedDim: 16, depth: 1, heads: 2, decoderDim: 16, decoderDepth: 1, decoderHeads: 2 },
    train: { steps: 2, batchSize: 2 },
  });

test.each([
  ['webdataset:shards/0.tar', 'exact'],
  ['webdataset:https://data.example/0.tar', 'window'],
  ['parquet:s3://bucket/*.parquet', 'window'],
])('%s is shuffled by its place: %s', (source, shuffle) => {
  expect(configOf(source).data.source).toMatchObject({ shuffle, window: 1024 });
});

test('a run of an earlier version goes on in the exact order that it began with', () => {
  const now = configOf('webdataset:https://data.example/0.tar');
  const { shuffle: _, window: __, ...source } = { shuffle: '', window: 0, ...now.data.source };
  const stored = { ...now, data: { ...now.data, source } } as typeof now; // as it was written without these words
  expect(settingRules.upgrade(stored).data.source).toMatchObject({ shuffle: 'exact' });
  expect(settingRules.upgrade(now).data.source).toMatchObject({ shuffle: 'window' });
});

test('a training deals archive by archive where its source says so', async () => {
  const source = { kind: 'webdataset', shards, labelKey: 'none' } as const;
  const mixerOf = async (spec: DatasetSpec) => {
    const sources = {
      train: wholeSplit(await openDataset(spec), words),
      labeled: null,
      validation: null,
      tests: [],
      unpairedText: null,
    };
    return mixerFor(configOf(spec), sources, streamsOf(0));
  };
  const { configuration } = (await mixerOf({ ...source, shuffle: 'window', window: 3 })).state();
  expect(configuration.sources[0]).toMatchObject({ shards: { count: 2, window: 3 } });
  expect((await mixerOf(source)).state().configuration.sources[0]).not.toHaveProperty('shards');
});
