import { createTokenizer } from '@m3ae/preprocess';
import { key } from '@m3ae/random';
import { describe, expect, test } from 'vitest';
import { type Batch, createLoader, type LoaderOptions } from '../src/index.js';
import { pngOf } from './pictures.js';
import { temporaryFolder } from './temporary.js';
import { workerFromSource } from './worker-from-source.js';

const worker = workerFromSource();
const broken = new Set([3, 4, 9]);

/** Twelve pictures in two classes, with captions; some cannot be decoded. */
async function folder(): Promise<string> {
  const files: Record<string, string | Uint8Array> = {};
  for (let i = 0; i < 12; i++) {
    const name = `${i % 2 === 0 ? 'even' : 'odd'}/${String(i).padStart(2, '0')}`;
    files[`${name}.png`] = broken.has(i) ? '' : await pngOf(i);
    files[`${name}.txt`] = `number ${i}`;
  }
  return temporaryFolder(files);
}

// In the order of their names: 0, 2, 4, … 10, then 1, 3, … 11.
const placeOf = (number: number): number => (number % 2 === 0 ? number / 2 : 6 + (number - 1) / 2);
const places = (...numbers: readonly number[]): Int32Array => Int32Array.from(numbers, placeOf);

const options = (change: Partial<LoaderOptions> = {}): LoaderOptions => ({
  image: { size: 16, patchSize: 8 },
  text: { maxLength: 4 },
  key: key(1),
  workerFile: worker.file,
  maxBadShare: 1,
  ...change,
});

async function load(path: string, indices: Int32Array, change: Partial<LoaderOptions>): Promise<Batch> {
  const loader = createLoader({ kind: 'folder', path, labels: 'subfolder' }, options(change));
  return loader.load({ step: 2, indices }).finally(() => loader.close());
}

describe('in evaluation', () => {
  test.each([0, 1])('unreadable pictures are left out, with %d workers', async (workers) => {
    const path = await folder();
    const whole = { evaluation: true, workers };
    const mixed = await load(path, places(2, 3, 4, 5, 9, 6), whole);
    // The same as when they had not been asked for.
    expect(mixed).toEqual(await load(path, places(2, 5, 6), whole));
    expect([...mixed.indices]).toEqual([...places(2, 5, 6)]);
    expect([...mixed.labels!.data]).toEqual([0, 1, 0]);
    expect(mixed.patches!.shape).toEqual([3, 4, 192]);
    const { pieces } = createTokenizer();
    expect(pieces([...mixed.tokenIds!.data].filter((_, at) => at % 4 === 1))).toEqual(['2', '5', '6']);
  });

  test('a batch of unreadable pictures is empty', async () => {
    const { patches, tokenIds, labels, indices } = await load(await folder(), places(3, 9), {
      evaluation: true,
    });
    expect([patches!.shape, tokenIds!.shape, labels!.shape, indices.length]).toEqual([
      [0, 4, 192],
      [0, 4],
      [0],
      0,
    ]);
  });
});

describe('of a part', () => {
  test.each([0, 1])('only its own examples stand in, with %d workers', async (workers) => {
    const path = await folder();
    const used = async (examples: Int32Array | undefined, ...numbers: readonly number[]) => [
      ...(await load(path, places(...numbers), { examples, workers })).indices,
    ];
    expect(await used(undefined, 4, 3)).toEqual([...places(6, 5)]); // the next of the whole folder
    const part = places(1, 3, 4, 8);
    expect(await used(part, 4, 3, 8)).toEqual([...places(8, 8, 8)]);
    expect(await used(places(1, 8, 9), 9)).toEqual([...places(1)]); // after the last comes the first
  });

  test('its own examples alone count for maxBadShare', async () => {
    const path = await folder();
    const part = { examples: places(3, 4, 5, 6), maxBadShare: 0.4 };
    await expect(load(path, places(3, 4), part)).rejects.toThrow(
      /^2 of the 4 pictures of folder\/all cannot be decoded, more than maxBadShare 0\.4 allows: /,
    );
    await expect(load(path, places(3, 4), { ...part, maxBadShare: 0.5 })).resolves.toBeDefined();
  });

  test('a single unreadable picture passes, unless none is allowed', async () => {
    const path = await folder();
    const part = { examples: places(3, 5, 6) };
    const { indices } = await load(path, places(3), { ...part, maxBadShare: undefined });
    expect([...indices]).toEqual([...places(5)]);
    await expect(load(path, places(3), { ...part, maxBadShare: 0 })).rejects.toThrow('1 of the 3 pictures');
  });

  test('others may not be asked for, nor named', async () => {
    const path = await folder();
    await expect(load(path, places(1, 8), { examples: places(1) })).rejects.toThrow(
      "indices must be among the loader's examples; received 4.",
    );
    await expect(load(path, places(1), { examples: Int32Array.of(0, 12) })).rejects.toThrow(
      'examples must be from 0 to 11; received 12. folder/all has 12 examples.',
    );
    expect(() => createLoader({ kind: 'folder', path }, options({ examples: new Int32Array(0) }))).toThrow(
      'examples must be an Int32Array of at least one index; received ',
    );
  });
});
