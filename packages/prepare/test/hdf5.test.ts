import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { Dataset, File, ready } from 'h5wasm/node';
import { describe, expect, test } from 'vitest';
import { createHdf5 } from '../src/hdf5/create-hdf5.js';
import { shardKinds } from '../src/shards.js';
import { temporaryFolder } from './pictures.js';

/** Bytes of a length that its number decides. */
const bytesOf = (length: number, seed: number) =>
  Uint8Array.from({ length }, (_, at) => (at * 31 + seed * 7 + length) % 256);

interface Rows {
  readonly pictures: readonly Uint8Array[];
  readonly captions: readonly string[];
  readonly labels: readonly number[];
}

/** Writes rows as they are, in heaps of two sizes. */
async function write(path: string, { pictures, captions, labels }: Rows) {
  const file = await createHdf5(path);
  const [large, small] = [file.heap(4096), file.heap(65_536)];
  const [jpg, caption] = [file.array('jpg', 'bytes'), file.array('caption', 'bytes')];
  const text = file.array('text', 'text');
  const label = file.numbers('labels');
  for (const picture of pictures) jpg.push(await large.store(picture));
  for (const each of captions) {
    const stored = await small.store(Buffer.from(each));
    caption.push(stored);
    text.push(stored);
  }
  labels.forEach((each) => label.push(each));
  await file.close();
}

/** All values, read by the HDF Group's own library. */
async function read(path: string) {
  await ready;
  const file = new File(path, 'r');
  const valuesOf = (name: string): unknown[] => {
    const found = file.get(name);
    if (!(found instanceof Dataset)) throw new Error(`no array ${name}`);
    return found.shape![0] === 0 ? [] : Array.from(found.value as ArrayLike<unknown>);
  };
  const [jpg, caption, text] = ['jpg', 'caption', 'text'].map(valuesOf);
  const found = {
    pictures: jpg!.map((value) => Uint8Array.from(value as Uint8Array)),
    captions: caption!.map((value) => Buffer.from(value as Uint8Array).toString('utf8')),
    labels: valuesOf('labels'),
  };
  file.close();
  return { found, text };
}

describe('an HDF5 file', () => {
  test('of any rows gives them back to the library of the HDF Group', async () => {
    const folder = temporaryFolder();
    let files = 0;
    const lengths = fc.oneof(fc.nat(40), fc.nat(5000), fc.constantFrom(0, 1, 4080, 65_537));
    const rows = fc.record({
      pictures: fc.array(fc.tuple(lengths, fc.nat(255)), { maxLength: 40 }),
      captions: fc.array(fc.string({ unit: 'grapheme', maxLength: 300 }), { maxLength: 40 }),
      labels: fc.array(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), { maxLength: 40 }),
    });
    await fc.assert(
      fc.asyncProperty(rows, async ({ pictures, ...rest }) => {
        const given = { ...rest, pictures: pictures.map(([length, seed]) => bytesOf(length, seed)) };
        const path = join(folder, `${files++}.h5`);
        await write(path, given);
        const { found, text } = await read(path);
        expect(found).toEqual(given);
        expect(text).toEqual(given.captions);
      }),
      { numRuns: 25 },
    );
  });

  test.each([0, 1, 10_000])('of %d rows', async (count) => {
    const path = join(temporaryFolder(), 'many.h5');
    const given = {
      pictures: Array.from({ length: count }, (_, at) => bytesOf(at % 97, at)),
      captions: Array.from({ length: count }, (_, at) => `第${at}张图片`),
      labels: Array.from({ length: count }, (_, at) => at),
    };
    await write(path, given);
    expect((await read(path)).found).toEqual(given);
  });
});

describe('a shard', () => {
  const fixture = (name: string) => readFileSync(new URL(`fixtures/${name}`, import.meta.url));
  const example = (index: number, rest: object) => ({
    index,
    place: '',
    ending: 'jpg' as const,
    picture: bytesOf(3000 * index, index),
    captions: [],
    ...rest,
  });

  test('has the bytes of the one that h5py read', async () => {
    const path = join(temporaryFolder(), 'written.h5');
    const shard = await shardKinds.hdf5.open(path, {
      classNames: ['cat', 'großer Hund'],
      hasGroups: false,
      partition: null,
    });
    await shard.add(example(1, { captions: ['one', '第二'], label: 'großer Hund' }));
    await shard.add(example(2, { label: 'cat' }));
    await shard.close();
    expect(readFileSync(path).equals(fixture('written.h5'))).toBe(true);
  });

  test('is to h5py what went in: a row for each caption, classes by their names', () => {
    const hex = [3000, 3000, 6000].map((length) =>
      Buffer.from(bytesOf(length, length / 3000)).toString('hex'),
    );
    expect(JSON.parse(fixture('written.json').toString())).toEqual({
      jpg: hex,
      caption: ['one', '第二', ''],
      group: ['1', '1', '2'],
      labels: [1, 1, 0],
      classes: ['cat', 'großer Hund'],
    });
  });
});
