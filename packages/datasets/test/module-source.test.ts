import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { key } from '@m3ae/random';
import { expect, test } from 'vitest';
import { createLoader, joinDatasets, openDataset, splitDataset, stateOf, subset } from '../src/index.js';
import { messageOfRejection, temporaryFolder } from './temporary.js';
import { workerFromSource } from './worker-from-source.js';

const worker = workerFromSource();
const grey = `export function open({ count, shade = 0 }) {
  return {
    name: 'greys', kind: 'paired', length: count, fingerprint: \`\${count} \${shade}\`,
    labels: Int32Array.from({ length: count }, (_, i) => i % 2), classNames: ['even', 'odd'],
    caption: (i) => \`grey \${i}\`,
    image: async (i) => ({ width: 8, height: 8, channels: 3, data: new Uint8Array(192).fill(i + shade) }),
  };
}`;
const options = {
  image: { size: 8, patchSize: 8, mean: [0, 0, 0], std: [1, 1, 1] },
  text: { maxLength: 4 },
  key: key(1),
  workerFile: '',
};

async function greys(text = grey) {
  return join(await temporaryFolder({ 'greys.mjs': text }), 'greys.mjs');
}

test('a module of anybody is a source: opened, split, joined, and read by worker threads', async () => {
  const module = await greys();
  const spec = { kind: 'module', module, options: { count: 20 } } as const;
  const dataset = await openDataset(spec);
  expect(dataset).toMatchObject({ name: 'greys', length: 20, notes: [], classNames: ['even', 'odd'] });
  expect(dataset.describe(3)).toBe('greys 4');
  expect(() => dataset.caption(20)).toThrow('index must be an integer from 0 to 19; received 20.');
  const some = subset(dataset, [7, 3, 7]);
  const joined = joinDatasets([dataset, some]);
  expect(joined.labels).toEqual(Int32Array.from([...dataset.labels!, 1, 1, 1]));
  expect(joined.caption(21)).toBe('grey 3');
  const request = { step: 2, indices: Int32Array.of(5, 20, 21, 22) };
  const [here, there] = [0, 2].map((workers) =>
    createLoader(joined, { ...options, workers, workerFile: worker.file }),
  );
  const batch = await here!.load(request);
  // The shade of each picture, by hand: example 5, then 7, 3 and 7 of the subset.
  const shades = [0, 1, 2, 3].map((row) => Math.round(batch.patches!.data[row * 192]! * 255));
  expect(shades).toEqual([5, 7, 3, 7]);
  expect(await there!.load(request)).toEqual(batch);
  await Promise.all([here!.close(), there!.close()]);
  expect((await openDataset({ ...spec, module: pathToFileURL(module).href })).fingerprint).toBe('20 0');
});

test('a module may build on a folder of ours, which then crosses by its own state', async () => {
  const text = `import { openDataset } from ${JSON.stringify(pathToFileURL(join(worker.file, '../index.mjs')).href)};
    export const open = ({ path }) => openDataset({ kind: 'folder', path, captions: 'none' });`;
  const module = await greys(text);
  const path = await temporaryFolder();
  await cp(new URL('./fixtures/samples', import.meta.url), path, { recursive: true }).catch(() => {});
  await writeFile(join(path, 'dot.gif'), Buffer.from('R0lGODlhAQABAAAAACwAAAAAAQABAAA=', 'base64'));
  const dataset = await openDataset({ kind: 'module', module, options: { path } });
  expect(stateOf(dataset)!.content.type).toBe('list');
  expect(dataset.file!(0)).toContain(path);
});

test('a split keeps examples of one name together, and moves nothing when others are added', async () => {
  const module = await greys();
  const open = (count: number) => openDataset({ kind: 'module', module, options: { count } });
  const [few, many] = [await open(100), await open(200)];
  const names = ({ validation }: ReturnType<typeof splitDataset>) =>
    Array.from({ length: validation!.length }, (_, index) => validation!.describe(index));
  const before = names(splitDataset(few, 0.2));
  expect(names(splitDataset(many, 0.2)).filter((name) => before.includes(name))).toEqual(before);
  expect(splitDataset(few, 0.2).train.length).toBe(100 - before.length);
  expect(before.length).toBeGreaterThan(8);
  expect(before.length).toBeLessThan(33);
  expect(splitDataset(few, 0)).toEqual({ train: few, validation: null });
  expect(() => splitDataset(subset(few, [1]), 0.5)).toThrow('is empty');
  expect(() => subset(few, [100])).toThrow('indices must be from 0 to 99; received 100.');
  expect(() => subset(few, [])).toThrow('indices must be at least one index');
});

test('a module that is not there, opens nothing, or opens no dataset is refused with what to write', async () => {
  const refusal = async (text: string, given: object = {}) =>
    messageOfRejection(openDataset({ kind: 'module', module: await greys(text), ...given }));
  expect(await refusal('export const a = 1;')).toContain('exports a function open(options)');
  expect(await refusal('export const open = () => ({ name: "x", kind: "pair", length: 0 })')).toMatch(
    /kind must be[^]*length must be[^]*fingerprint must be[^]*caption must be[^]*image must be/,
  );
  expect(await refusal('export const = 1;')).toContain('cannot be loaded');
  expect(await refusal(grey, { optoins: {} })).toContain('Did you mean options?');
  const missing = openDataset({ kind: 'module', module: 'not-installed-here' });
  expect(await messageOfRejection(missing)).toContain(
    'Install it, or write a path, e.g. "./not-installed-here"',
  );
  expect(await messageOfRejection(openDataset({ kind: 'emoji' } as never))).toContain('kind must be one of');
});

test('a module that gives other examples in a worker is named', async () => {
  const changing = grey.replace('`${count} ${shade}`', 'String(performance.now())');
  const dataset = await openDataset({
    kind: 'module',
    module: await greys(changing),
    options: { count: 2 },
  });
  const loader = createLoader(dataset, { ...options, workers: 1, workerFile: worker.file });
  const loading = loader.load({ step: 0, indices: Int32Array.of(0) });
  expect(await messageOfRejection(loading)).toContain('must open the same examples in every thread');
  await loader.close();
});
