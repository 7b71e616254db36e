import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { key } from '@m3ae/random';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { createLoader, iconCredits, openDataset, openIcons, openIdx } from '../src/index.js';
import { packageFolder } from '../src/emoji/packages.js';
import { messageOfRejection, temporaryFolder } from './temporary.js';
import { workerFromSource } from './worker-from-source.js';

const worker = workerFromSource();
const options = { image: { size: 16, patchSize: 8 }, key: key(1) };

/** An IDX file, written by the definition: header in big-endian numbers, then the bytes. */
function idx(shape: readonly number[], data: readonly number[], type = 8): Uint8Array {
  const header = shape.flatMap((length) => [24, 16, 8, 0].map((shift) => (length >> shift) & 255));
  return Uint8Array.from([0, 0, type, shape.length, ...header, ...data]);
}

describe('icons', () => {
  const spec = { kind: 'icons', set: 'circle-flags', size: 16 } as const;

  test('every icon of a set is drawn once, named in words, and kept', async () => {
    const cacheFolder = await temporaryFolder();
    let drawn = 0;
    const flags = await openIcons({ ...spec, cacheFolder }, () => drawn++);
    const { icons, width, height } = JSON.parse(
      await readFile(join(packageFolder('@iconify-json/circle-flags'), 'icons.json'), 'utf8'),
    ) as { icons: Record<string, { body: string; hidden?: boolean }>; width?: number; height?: number };
    const names = Object.keys(icons).filter((name) => !icons[name]!.hidden);
    expect(flags.length).toBe(names.length);
    expect(drawn).toBe(names.length);
    expect(flags).toMatchObject({ name: 'icons/circle-flags', kind: 'paired', labels: undefined });
    const place = names.indexOf('us-ca');
    expect(flags.caption(place)).toBe('us ca');
    expect(flags.describe(place)).toBe('circle-flags us-ca');
    // The other way: an SVG file of its own, drawn by sharp alone, in the middle of the picture.
    const jp = names.indexOf('jp');
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width ?? 16} ${height ?? 16}" width="16" height="16">${icons.jp!.body}</svg>`;
    const expected = await sharp(Buffer.from(svg)).flatten({ background: '#fff' }).raw().toBuffer();
    expect(Buffer.from((await flags.image(jp)).data).equals(expected)).toBe(true);
    const [red, green] = (await flags.image(jp)).data.subarray((8 * 16 + 8) * 3);
    expect([red! > 180, green! < 80]).toEqual([true, true]); // The sun of Japan.

    const again = await openDataset({ ...spec, cacheFolder }, () => drawn++);
    expect(drawn).toBe(names.length);
    expect(again.fingerprint).toBe(flags.fingerprint);
    const loaders = [0, 1].map((workers) =>
      createLoader(again, { ...options, workers, workerFile: worker.file }),
    );
    const request = { step: 0, indices: Int32Array.of(jp, 3) };
    expect(await loaders[1]!.load(request)).toEqual(await loaders[0]!.load(request));
    await loaders[1]!.close();
  });

  test('a set that is not installed is named with its npm command; other names are refused', async () => {
    const cacheFolder = await temporaryFolder();
    await expect(openIcons({ kind: 'icons', set: 'not-there', cacheFolder })).rejects.toThrow(
      'The package @iconify-json/not-there holds data this dataset needs and is not installed. Run: npm i @iconify-json/not-there',
    );
    const message = await messageOfRejection(
      openIcons({ kind: 'icons', set: '../noto', cacheFolder: '', size: 4 }),
    );
    expect(message.split('\n')).toEqual([
      'set must be the name of an Iconify set; received "../noto". Write e.g. "logos" or "circle-flags".',
      'cacheFolder must be a folder path; received "". Name a folder for the rendered pictures, e.g. "cache/emoji".',
      'size must be an integer from 8 to 512; received 4. Pass a side in pixels, e.g. 64.',
    ]);
  });

  test('the dataset card names the sets with author and licence', async () => {
    const card = await readFile(new URL('../DATASET-CARD.md', import.meta.url), 'utf8');
    const rows = card.split('\n').map((line) => line.split('|').map((cell) => cell.trim()));
    for (const { set, title, author, authorUrl, licence, source } of iconCredits(['logos', 'circle-flags'])) {
      const [, , name, by, under, from] = rows.find((cells) => cells[1] === `\`${set}\``)!;
      expect(name).toBe(title);
      expect(by).toBe(`[${author}](${authorUrl})`);
      expect(under).toContain(licence);
      expect(source.startsWith(from!.replaceAll('`', ''))).toBe(true);
    }
  });
});

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
