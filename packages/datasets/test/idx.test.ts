import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { key } from '@m3ae/random';
import { describe, expect, test } from 'vitest';
import { createLoader, openIdx } from '../src/index.js';
import { messageOfRejection, temporaryFolder } from './temporary.js';
import { workerFromSource } from './worker-from-source.js';

const worker = workerFromSource();
const options = { image: { size: 16, patchSize: 8 }, key: key(1) };

/** An IDX file, written by the definition: header in big-endian numbers, then the bytes. */
function idx(shape: readonly number[], data: readonly number[], type = 8): Uint8Array {
  const header = shape.flatMap((length) => [24, 16, 8, 0].map((shift) => (length >> shift) & 255));
  return Uint8Array.from([0, 0, type, shape.length, ...header, ...data]);
}

describe('IDX files', () => {
  const pixels = Array.from({ length: 3 * 4 * 5 }, (_, at) => (at * 7) % 256);
  const whole = idx([3, 4, 5], pixels);
  const folderOf = (files: Record<string, Uint8Array>) => temporaryFolder(files);

  test.each([
    ['plain', (bytes: Uint8Array) => bytes],
    ['gzipped', (bytes: Uint8Array) => new Uint8Array(gzipSync(bytes))],
  ])('%s: pictures, grey in three channels, and labels', async (_, packed) => {
    const folder = await folderOf({
      'images-idx3': packed(whole),
      'labels-idx1': packed(idx([3], [2, 0, 2])),
    });
    const paths = { images: join(folder, 'images-idx3'), labels: join(folder, 'labels-idx1') };
    const set = await openIdx({ kind: 'idx', ...paths });
    expect(set).toMatchObject({
      name: 'idx/images-idx3',
      kind: 'image',
      length: 3,
      classNames: ['0', '1', '2'],
    });
    expect([...set.labels!]).toEqual([2, 0, 2]);
    expect(set.caption(1)).toBe('');
    expect(set.describe(1)).toBe('idx/images-idx3 picture 2');
    const { data, width, height } = await set.image(1);
    expect([width, height]).toEqual([5, 4]);
    expect([...data]).toEqual(pixels.slice(20, 40).flatMap((value) => [value, value, value]));
    const named = await openIdx({ kind: 'idx', ...paths, classNames: ['shirt', 'bag', 'boot'] });
    expect(named.classNames![named.labels![0]!]).toBe('boot');
    const loaders = [0, 1].map((workers) =>
      createLoader(set, { ...options, workers, workerFile: worker.file }),
    );
    const request = { step: 2, indices: Int32Array.of(2, 0) };
    expect(await loaders[1]!.load(request)).toEqual(await loaders[0]!.load(request));
    await loaders[1]!.close();
  });

  const huge = idx([65535, 65535, 65535], [1, 2, 3]);
  test.each([
    [
      'shorter than its header says',
      whole.slice(0, -1),
      'must hold 3 x 4 x 5 = 60 bytes after its header; it holds 59. It is cut short or damaged: fetch it again.',
    ],
    [
      'longer than its header says',
      Uint8Array.from([...whole, 0]),
      'must hold 3 x 4 x 5 = 60 bytes after its header; it holds 61.',
    ],
    [
      'a header that lies hugely',
      huge,
      'must hold 65535 x 65535 x 65535 = 281462092005375 bytes after its header; it holds 3.',
    ],
    ['cut within the header', whole.slice(0, 9), 'ends within its header of 16 bytes. Fetch the file again.'],
    ['empty', new Uint8Array(), 'must be an IDX file; its first bytes are none, it is empty.'],
    [
      'another format',
      Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 1]),
      'must be an IDX file; its first bytes are 89 50 4e 47.',
    ],
    [
      'labels in place of pictures',
      idx([3], [1, 2, 3]),
      'must hold pictures [count, height, width]; its header says 1 axes. Check whether the files are swapped.',
    ],
    [
      'floats',
      idx([1, 1, 1], [0, 0, 0, 0], 13),
      'must hold unsigned bytes; it holds 32-bit floats. Convert it to bytes.',
    ],
    ['no pictures', idx([0, 4, 5], []), 'must hold at least one element; it is empty.'],
    ['a damaged gzip file', gzipSync(whole).subarray(0, -12), 'cannot be unpacked: '],
  ])('%s is refused', async (_, bytes, words) => {
    const images = join(await folderOf({ images: bytes }), 'images');
    const message = await messageOfRejection(openIdx({ kind: 'idx', images }));
    expect(message).toContain(`${images} ${words}`);
  });

  test('labels of another part, missing names and a missing file are refused', async () => {
    const folder = await folderOf({ images: whole, labels: idx([2], [1, 0]), three: idx([3], [1, 0, 9]) });
    const images = join(folder, 'images');
    const open = (change: object) => messageOfRejection(openIdx({ kind: 'idx', images, ...change }));
    expect(await open({ labels: join(folder, 'labels') })).toContain(
      'labels must hold one label a picture, 3; it holds 2. Take the labels of the same part.',
    );
    expect(await open({ labels: join(folder, 'three'), classNames: ['a', 'b'] })).toContain(
      'must name the 10 classes of',
    );
    expect(await open({ images: join(folder, 'nowhere') })).toMatch(
      /nowhere cannot be read: ENOENT.* Check the path\.$/,
    );
    expect(await open({ image: 'x', labels: '' })).toBe(
      'image must be a known option; received image. Did you mean images?\n' +
        'labels must be a file path; received "". Leave it out for pictures without classes.',
    );
  });
});
