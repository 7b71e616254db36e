import { createDataset, type Dataset, wholeSplit } from '@m3ae/datasets';
import { expect, test } from 'vitest';
import { type Method, unfitData } from '../src/index.js';

const words = { name: 'train', title: 'training', note: '' };

/** Examples that are never read. */
function splitOf(length: number, facts: Partial<Dataset> = {}) {
  const { kind = 'image', labels, classNames } = facts;
  const reader = { caption: () => '', image: () => Promise.reject(new Error('not read')), describe: String };
  const dataset = createDataset(
    { name: 'photos', kind, length, fingerprint: '', labels, classNames, notes: [] },
    reader,
  );
  return wholeSplit(dataset, words);
}

const needs = (method: Method, batchSize = 4) => ({
  method,
  data: { source: { kind: 'folder' } },
  train: { batchSize },
});

const pathsOf = (method: Method, split: ReturnType<typeof splitOf>, begun?: boolean, text = 0) =>
  unfitData(
    needs(method),
    { train: split, validation: null, unpairedText: text > 0 ? splitOf(text, { kind: 'text' }) : null },
    begun,
  ).map(({ path, rule }) => `${path} ${rule}`);

test('data that fit are passed', () => {
  expect(pathsOf('mae', splitOf(4))).toEqual([]);
  expect(pathsOf('m3ae', splitOf(4, { kind: 'paired' }))).toEqual([]);
  expect(pathsOf('m3ae', splitOf(4), false, 4)).toEqual([]);
  expect(pathsOf('m3ae', splitOf(4), true)).toEqual([]); // of an earlier version
  const classes = { labels: Int32Array.of(0, 1, 1, 0), classNames: ['a', 'b'] };
  expect(pathsOf('supervised', splitOf(4, classes))).toEqual([]);
});

test('what is missing is told, all at once', () => {
  expect(pathsOf('clip', splitOf(3), false, 2)).toEqual([
    'train.batchSize at most 3, the examples of photos',
    'train.batchSize at most 2, the examples of photos',
    'data.source a source with captions for method "clip"',
  ]);
  expect(pathsOf('m3ae', splitOf(4))).toEqual(['data.source a source with captions for method "m3ae"']);
  expect(pathsOf('supervised', splitOf(4))).toEqual([
    'data.source a source with classes for method "supervised"',
  ]);
  const one = { labels: new Int32Array(4), classNames: ['a'] };
  expect(pathsOf('supervised', splitOf(4, one))).toEqual([
    'data.source a source with at least 2 classes for method "supervised"',
  ]);
  const bad = { labels: Int32Array.of(0, 2, -1, 1), classNames: ['a', 'b'] };
  expect(pathsOf('supervised', splitOf(4, bad))).toEqual(['labels of photos (train) in [0, 2)']);
});
