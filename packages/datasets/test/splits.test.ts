import { join } from 'node:path';
import { InvalidInput } from '@m3ae/errors';
import { expect, test } from 'vitest';
import {
  type DataSplit,
  limited,
  nameSources,
  openDataset,
  openPictureSplits,
  placeSpecFaults,
  splitDataset,
  trainingWords,
  wholeSplit,
  withExtras,
} from '../src/index.js';
import { temporaryFolder } from './temporary.js';

const names = (split: DataSplit | null) =>
  split === null ? null : Array.from(split.indices, (index) => split.dataset.describe(index));

const inParts = { 'train/a/1.png': '', 'train/b/2.png': '', 'val/a/3.png': '', 'val/b/4.png': '' };

test('a folder with a test part is measured on it, one without on half of what is kept apart', async () => {
  const withTest = await temporaryFolder({ ...inParts, 'test/a/5.png': '' });
  const three = await openPictureSplits({
    kind: 'folder',
    path: withTest,
    captions: 'none',
    labels: 'subfolder',
  });
  expect([three.train, three.validation, ...three.tests].map((split) => names(split)!.length)).toEqual([
    2, 2, 1,
  ]);
  expect(three.labeled).toBe(three.train);
  const without = await temporaryFolder(inParts);
  const two = await openPictureSplits({ kind: 'folder', path: without, captions: 'none' });
  expect(two.labeled).toBeNull();
  expect([names(two.validation), names(two.tests[0]!)].map((kept) => kept!.length)).toEqual([1, 1]);
  expect(new Set([...names(two.validation)!, ...names(two.tests[0]!)!]).size).toBe(2);
});

test('of a source without parts a share is kept apart', async () => {
  const rows = Array.from({ length: 40 }, (_, at) => `${at}.png,number ${at}`);
  const files = Object.fromEntries(rows.map((row) => [row.split(',')[0]!, '']));
  const folder = await temporaryFolder({ ...files, 'x.csv': ['image,caption', ...rows].join('\n') });
  const spec = { kind: 'table', path: join(folder, 'x.csv') } as const;
  const { train, validation, tests } = await openPictureSplits({ ...spec, validationShare: 0.3 });
  const apart = splitDataset(await openDataset(spec), 0.3);
  expect(train.dataset.fingerprint).toBe(apart.train.fingerprint);
  const kept = [...names(validation)!, ...names(tests[0]!)!];
  expect(kept.sort()).toEqual(names(wholeSplit(apart.validation!, trainingWords))!.sort());
  const all = await openPictureSplits({ ...spec, validationShare: 0 });
  expect([names(all.train)!.length, all.validation, all.tests]).toEqual([40, null, []]);
  const joined = withExtras(all, [apart.train]);
  expect([joined.train.indices.length, joined.validation]).toEqual([40 + apart.train.length, null]);
  expect(withExtras(all, [])).toBe(all);
});

test('a few of many examples are spread over all', () => {
  const indices = Int32Array.from({ length: 100 }, (_, at) => at);
  expect([...limited({ indices }, 4).indices]).toEqual([0, 25, 50, 75]);
  expect(limited({ indices }, 100).indices).toBe(indices);
});

test('sources are named by their files, each differently', () => {
  expect(
    nameSources(
      [
        { kind: 'folder', path: 'data/street signs/' },
        { kind: 'idx', images: 'a/t10k-images.idx3-ubyte.gz', labels: 'b' },
        { kind: 'table', path: 'photos/captions.csv' },
        { kind: 'webdataset', shards: ['s3://b/cc12m.train.tar'] },
        { kind: 'module', module: '@me/shapes' },
        'circle-flags',
        'circle-flags',
        '…',
      ],
      ['captions'],
    ),
  ).toEqual([
    'streetSigns',
    't10kImagesIdx3Ubyte',
    'captions2',
    'cc12m',
    'shapes',
    'circleFlags',
    'circleFlags2',
    'set',
  ]);
});

test('what is wrong with a setting of a source is told by its place, what is wrong with a file is not', async () => {
  const pathsOf = (spec: object, faults: readonly string[], head?: string) => {
    const thrown = new InvalidInput(
      faults.map((path) => ({ path, rule: 'r', received: '', remedy: '' })),
      { head },
    );
    const told = placeSpecFaults('data.extra.0', spec, () => Promise.reject(thrown));
    return told.then(
      () => [],
      (error: InvalidInput) => error.faults.map(({ path }) => path),
    );
  };
  const spec = { kind: 'module', module: 'm.js', options: { count: -1 } };
  expect(await pathsOf(spec, ['module', 'count', 'a.png'])).toEqual([
    'data.extra.0.module',
    'data.extra.0.options.count',
    'a.png',
  ]);
  expect(await pathsOf(spec, ['module'], 'captions.csv')).toEqual(['module']);
  await expect(placeSpecFaults('data', spec, () => 3)).resolves.toBe(3);
});
