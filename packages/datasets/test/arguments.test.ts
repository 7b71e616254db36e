import { key } from '@m3ae/random';
import { expect, test } from 'vitest';
import { isInvalidInput } from '@m3ae/errors';
import {
  createLoader,
  decodeImage,
  joinDatasets,
  measureChannels,
  openDataset,
  splitDataset,
  subset,
} from '../src/index.js';
import { temporaryFolder } from './temporary.js';
import { pngOf } from './pictures.js';

async function smallFolder() {
  const path = await temporaryFolder({ 'a.png': await pngOf(1), 'b.png': await pngOf(2) });
  return openDataset({ kind: 'folder', path, captions: 'none' });
}

/** Calls a function with anything at all, as JavaScript may. */
const loosely = (fn: unknown) => fn as (...args: unknown[]) => unknown;

/** Paths of the faults of a call; what else went wrong as it is. */
async function pathsOf(call: () => unknown): Promise<unknown> {
  try {
    await call();
    return 'no fault';
  } catch (error) {
    return isInvalidInput(error) ? error.faults.map(({ path }) => path) : error;
  }
}

test('arguments of a wrong kind are named', async () => {
  const photos = await smallFolder();
  const loader = createLoader(photos, { image: { size: 8, patchSize: 4 }, key: key(0) });
  const cases: readonly (readonly [unknown, readonly unknown[], readonly string[]])[] = [
    [openDataset, [], ['source']],
    [openDataset, [5], ['source']],
    [openDataset, ['photos'], ['source']],
    [openDataset, [{ kind: 'foldr' }], ['kind']],
    [openDataset, [{ kind: 'concat' }], ['sources']],
    [
      openDataset,
      [{ kind: 'concat', sources: ['folder:x', { kind: 'foldr' }] }],
      ['sources.0', 'sources.1.kind'],
    ],
    [joinDatasets, [], ['datasets']],
    [joinDatasets, [photos], ['datasets']],
    [joinDatasets, [[photos, 'folder:photos']], ['datasets[1]']],
    [splitDataset, ['folder:photos', 0.1], ['dataset']],
    [splitDataset, [photos, '0.1'], ['share']],
    [subset, [photos, 3], ['indices']],
    [subset, [undefined, [3]], ['dataset']],
    [measureChannels, [], ['dataset']],
    [measureChannels, [photos, { limt: 3 }], ['limt']],
    [decodeImage, [], ['input']],
    [decodeImage, ['a.png', { maxPixel: 3 }], ['maxPixel']],
    [decodeImage, ['a.png', { maxPixels: '3' }], ['maxPixels']],
    [loader.load, [], ['request']],
    [loader.load, [{ step: 0 }], ['indices']],
  ];
  for (const [fn, args, paths] of cases)
    expect([args, await pathsOf(() => loosely(fn)(...args))]).toEqual([args, paths]);
  await loader.close();
});
