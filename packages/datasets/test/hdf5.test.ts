import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { key } from '@m3ae/random';
import { expect, test } from 'vitest';
import { createLoader, type Dataset, decodeImage, openDataset } from '../src/index.js';
import { messageOfRejection, temporaryFolder } from './temporary.js';
import { workerFromSource } from './worker-from-source.js';

const worker = workerFromSource();
const fixtures = fileURLToPath(new URL('./fixtures/', import.meta.url));
const file = (name: string) => join(fixtures, 'hdf5', name);
const open = (files: string | string[], given: object = {}) => openDataset({ kind: 'hdf5', files, ...given });

/** What make.py wrote. */
const names = ['rgb.png', 'grey.png', 'palette.png', 'rgb.jpg', 'grey16.png'];
const captions = ['a drawing', 'größer', '', 'two lines', 'last'];
const captionsOf = (dataset: Dataset) =>
  Array.from({ length: dataset.length }, (_, at) => dataset.caption(at));
const picture = (name: string) => decodeImage(join(fixtures, name));

test.each(['pairs.h5', 'packed.h5', 'rows.h5'])(
  '%s: pictures in any order, with their captions',
  async (name) => {
    const dataset = await openDataset(`hdf5:${file(name)}`);
    expect(dataset).toMatchObject({ kind: 'paired', length: 5 });
    expect(captionsOf(dataset)).toEqual(captions);
    for (const at of [4, 0, 3, 1, 2]) expect(await dataset.image(at)).toEqual(await picture(names[at]!));
    expect(dataset.describe(3)).toContain(`${name}, row 4 of jpg`);
    expect(dataset.notes).toEqual([{ code: 'missing-caption', count: 1, places: [] }]);
  },
);

test('parts by their prefix number classes alike; rows made ahead and never filled are left out', async () => {
  const train = await open(file('parts.h5'));
  expect(train).toMatchObject({ kind: 'image', length: 3, classNames: ['0', '7', '10'] });
  expect([...train.labels!]).toEqual([1, 0, 1]);
  expect(train.notes).toMatchObject([{ code: 'empty-row', count: 2 }]);
  const validation = await open(file('parts.h5'), { partition: 'val' });
  expect(validation.classNames).toEqual(['0', '7', '10']);
  expect([...validation.labels!]).toEqual([0, 2]);
  expect(await validation.image(1)).toEqual(await picture('grey16.png'));
});

test.each(['text.h5', 'strings.h5', 'fixed.h5'])('%s: text alone, without the empty row', async (name) => {
  const dataset = await open(file(name));
  expect(dataset.kind).toBe('text');
  expect(captionsOf(dataset)).toEqual(captions.filter((text) => text !== ''));
});

test('fields by other names, and pictures that are stored as pixels', async () => {
  const dataset = await open(file('named.h5'));
  expect([dataset.length, dataset.caption(1)]).toEqual([2, 'größer']);
  expect(dataset.notes).toMatchObject([{ code: 'guessed-columns', detail: 'title as caption' }]);
  const pixels = await open(file('pixels.h5'));
  const shades = [...(await pixels.image(1)).data];
  expect(await pixels.image(1)).toMatchObject({ width: 3, height: 2, channels: 3 });
  expect(shades).toEqual(Array.from({ length: 18 }, (_, at) => 18 + at));
});

test('several files are one, and any number of workers reads the same', async () => {
  const dataset = await open([file('pairs.h5'), file('packed.h5')]);
  expect([dataset.length, dataset.caption(8)]).toEqual([10, 'two lines']);
  const options = {
    image: { size: 8, patchSize: 8 },
    text: { maxLength: 6 },
    key: key(1),
    workerFile: worker.file,
  };
  const [here, there] = [0, 2].map((workers) => createLoader(dataset, { ...options, workers }));
  const request = { step: 5, indices: Int32Array.of(8, 0, 2, 6) };
  expect(await there!.load(request)).toEqual(await here!.load(request));
  await Promise.all([here!.close(), there!.close()]);
});

test('a file may move: what is kept apart follows from its own name and the rows', async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'pairs.h5'), await readFile(file('pairs.h5')));
  const [here, moved] = await Promise.all([open(file('pairs.h5')), open(join(folder, 'pairs.h5'))]);
  const rows = (dataset: Dataset) => Array.from({ length: dataset.length }, (_, at) => dataset.describe(at));
  expect(rows(moved)).toEqual(rows(here));
});

test('what cannot be read is told: other fields, lengths that differ, a file cut short', async () => {
  expect(await messageOfRejection(open(file('uneven.h5')))).toMatch(
    /as many rows in caption as in jpg, 2; it has 5/,
  );
  expect(await messageOfRejection(open(file('pairs.h5'), { imageKey: 'png' }))).toMatch(
    /^imageKey must be .*pairs.h5; received png\. Did you mean jpg\? There are caption, jpg/,
  );
  expect(await messageOfRejection(open(file('parts.h5'), { partition: 'test' }))).toMatch(
    /test_jpg.*train_jpg/,
  );
  const folder = await temporaryFolder();
  const whole = await readFile(file('pairs.h5'));
  await writeFile(join(folder, 'cut.h5'), whole.subarray(0, 3000));
  expect(await messageOfRejection(open(join(folder, 'cut.h5')))).toContain('cannot be read as HDF5');
});

test('bytes that were never written are told, and do not keep the library busy', async () => {
  const whole = await readFile(file('pairs.h5'));
  whole.fill(0, whole.indexOf('GCOL') + 16);
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'zeros.h5'), whole);
  expect(await messageOfRejection(open(join(folder, 'zeros.h5')))).toContain('cannot be read as HDF5');
});

test('more rows than a file can have are told, and not read', async () => {
  const found = fileURLToPath(new URL('../../../scripts/fuzz-corpus/hdf5/endless.h5', import.meta.url));
  expect(await messageOfRejection(open(found))).toMatch(/cannot be read as HDF5: text claims \d+ rows/);
});

test('rows that the file could not fill are told, and take no memory', async () => {
  const message = await messageOfRejection(open(file('huge.h5')));
  expect(message).toMatch(/huge\.h5 cannot be read as HDF5: .*memory/i);
  const { Module } = await import('h5wasm/node');
  expect(Module.HEAPU8.length).toBeLessThan(129 << 20);
  expect((await open(file('pairs.h5'))).length).toBe(5);
});

test('a compression that the library lacks is named', async () => {
  const told = 'lzf.h5 cannot be read as HDF5: it is compressed by lzf. Write it with gzip.';
  expect(await messageOfRejection(open(file('lzf.h5')))).toContain(told);
});

test('a file that was replaced is read anew, though its pictures were kept open', async () => {
  const path = join(await temporaryFolder(), 'x.h5');
  for (const [name, length, last] of [
    ['pairs.h5', 5, 'grey16.png'],
    ['parts.h5', 3, 'palette.png'],
    ['pairs.h5', 5, 'grey16.png'],
  ] as const) {
    await writeFile(path, await readFile(file(name)));
    const dataset = await open(path);
    expect(dataset.length).toBe(length);
    expect(await dataset.image(length - 1)).toEqual(await picture(last));
  }
});

test('more files than stay open are read all at once', async () => {
  const folder = await temporaryFolder();
  const content = await readFile(file('named.h5'));
  const paths = Array.from({ length: 70 }, (_, at) => join(folder, `${at}.h5`));
  await Promise.all(paths.map((path) => writeFile(path, content)));
  const dataset = await open(paths);
  const all = await Promise.all(Array.from({ length: 140 }, (_, at) => dataset.image((at * 37) % 140)));
  const expected = [await picture('rgb.png'), await picture('grey.png')];
  all.forEach((image, at) => expect(image).toEqual(expected[((at * 37) % 140) % 2]));
});

test.each([
  ['version https://git-lfs.github.com/spec/v1\noid sha256:0', 'a pointer of Git LFS'],
  ['<!DOCTYPE html><html>', 'a web page'],
  ['PAR1....', 'a Parquet file'],
  ['PK\x03\x04....', 'a zip archive'],
  ['', 'an empty file'],
])('%j is named for what it is', async (content, what) => {
  const folder = await temporaryFolder({ 'x.h5': content });
  expect(await messageOfRejection(open(join(folder, 'x.h5')))).toContain(what);
});
