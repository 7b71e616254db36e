import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { key } from '@m3ae/random';
import { expect, test } from 'vitest';
import { createLoader, decodeImage, openDataset } from '../src/index.js';
import { messageOfRejection, temporaryFolder } from './temporary.js';

const fixtures = fileURLToPath(new URL('./fixtures/', import.meta.url));
const file = (name: string) => join(fixtures, 'parquet', name);
const open = (files: string | string[], given: object = {}) =>
  openDataset({ kind: 'parquet', files, ...given });

test('a data set of the hub: pictures, captions, and classes by their names, in any order of rows', async () => {
  const dataset = await openDataset(`parquet:${file('hub-{00000..00001}.parquet')}`);
  expect(dataset).toMatchObject({ kind: 'paired', length: 8, classNames: ['bird', 'cat', 'dog'] });
  expect([...dataset.labels!]).toEqual([0, 1, 1, 2, 0, 0, 1, 1]);
  const captions = Array.from({ length: 8 }, (_, index) => dataset.caption(index));
  const first = ['a drawing', 'größer', ''];
  expect(captions).toEqual([...first, 'two lines', 'last', ...first]);
  const names = [
    'rgb.png',
    'grey.png',
    'palette.png',
    'rgb.jpg',
    'grey16.png',
    'rgb.png',
    'grey.png',
    'palette.png',
  ];
  for (const index of [7, 0, 4, 2, 3, 6, 1, 5])
    expect(await dataset.image(index)).toEqual(await decodeImage(join(fixtures, names[index]!)));
  expect(dataset.describe(6)).toBe('hub-00001.parquet, row 2');
  expect(dataset.notes.map(({ code, detail }) => detail ?? code)).toEqual([
    'text as caption',
    'missing-caption',
  ]);
});

test('a file of pandas: bytes alone, and lists of captions', async () => {
  const dataset = await open(file('pandas.parquet'));
  const drawn = Array.from({ length: 30 }, (_, at) => dataset.drawCaption!(0, key(at)));
  expect([...new Set(drawn)].sort()).toEqual(['one', 'two']);
  expect(await dataset.image(1)).toEqual(await decodeImage(join(fixtures, 'grey.png')));
  const loader = createLoader(dataset, { image: { size: 8, patchSize: 8 }, key: key(0) });
  expect((await loader.load({ step: 0, indices: Int32Array.of(0, 1) })).patches!.shape).toEqual([2, 1, 192]);
});

test('a column of paths names pictures from the folder of the file', async () => {
  const dataset = await open(file('paths.parquet'));
  expect([dataset.caption(1), dataset.describe(1)]).toEqual(['b', expect.stringContaining('grey.png')]);
  expect(await dataset.image(0)).toEqual(await decodeImage(join(fixtures, 'rgb.png')));
});

test('a picture that is named and not packed lies where its path leads from the file', async () => {
  const dataset = await open(file('linked.parquet'));
  expect(dataset.length).toBe(2);
  for (const [index, name] of ['rgb.png', 'grey.png'].entries())
    expect(await dataset.image(index)).toEqual(await decodeImage(join(fixtures, name)));
});

test('a file that zstd packed', async () => {
  const dataset = await open(file('zstd.parquet'));
  expect([dataset.length, dataset.caption(0)]).toEqual([1, 'a drawing']);
  expect(await dataset.image(0)).toEqual(await decodeImage(join(fixtures, 'rgb.png')));
});

test('a folder of pictures whose captions stand in metadata.parquet', async () => {
  const folder = await temporaryFolder();
  await cp(file('metadata.parquet'), join(folder, 'metadata.parquet'));
  for (const name of ['rgb.png', 'grey.png']) await cp(join(fixtures, name), join(folder, name));
  const dataset = await openDataset({ kind: 'folder', path: folder, labels: 'column' });
  const read = (at: number) => [
    dataset.describe(at),
    dataset.caption(at),
    dataset.classNames![dataset.labels![at]!],
  ];
  expect([0, 1].map(read)).toEqual([
    ['rgb.png', 'a drawing', 'cat'],
    ['grey.png', 'größer', 'dog'],
  ]);
  await cp(file('hub-00001.parquet'), join(folder, 'metadata.parquet'));
  expect(await messageOfRejection(openDataset({ kind: 'folder', path: folder }))).toContain('parquet:');
});

test('what cannot be read is told: no such column, no Parquet, a cut file', async () => {
  expect(await messageOfRejection(open(file('hub-00000.parquet'), { imageKey: 'img' }))).toMatch(
    /^imageKey must be .*hub-00000.parquet; received img\. Did you mean image\? There are image, text, label/,
  );
  const folder = await temporaryFolder({ 'x.parquet': 'no' });
  expect(await messageOfRejection(open(join(folder, 'x.parquet')))).toContain('cannot be read as Parquet');
  const whole = await readFile(file('hub-00000.parquet'));
  await writeFile(join(folder, 'cut.parquet'), whole.subarray(0, whole.length - 100));
  expect(await messageOfRejection(open(join(folder, 'cut.parquet')))).toContain('cannot be read as Parquet');
});

const damaged = (name: string) =>
  fileURLToPath(new URL(`../../../scripts/fuzz-corpus/parquet/${name}`, import.meta.url));

test('a column without a name, as scripts/fuzz.mjs made one', async () => {
  expect(await messageOfRejection(open(damaged('nameless.parquet')))).toMatch(
    /cannot be read as Parquet: its schema is no tree/,
  );
});

test.each(['repeated-names.parquet', 'repeated-classes.parquet'])(
  '%s: runs that repeat a value more often than a page can have are told before they are read',
  async (name) => {
    expect(await messageOfRejection(open(damaged(name)))).toMatch(
      /cannot be read: a page repeats a value \d{7,} times/,
    );
  },
);
