import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isInvalidInput } from '@m3ae/errors';
import type { NdArray, Tree } from '@m3ae/tree';
import { expect, test } from 'vitest';
import {
  digestTrees,
  explainSystemError,
  latestCheckpoint,
  listCheckpoints,
  loadCheckpoint,
  readJson,
  readSafetensorsFile,
  readSafetensorsHeader,
  saveCheckpoint,
  writeJson,
  writeSafetensorsFile,
} from '../src/files.js';
import { decodeSafetensors, encodeSafetensors, matchTree } from '../src/index.js';
import { fixture, floats, someTrees, temporaryFolder } from './support.js';

const save = (run: string, step: number, more: { metric?: number; state?: unknown } = {}, keep = {}) =>
  saveCheckpoint(run, { step, trees: someTrees(step), state: { seed: 0 }, ...more }, keep);
const steps = async (run: string) => (await listCheckpoints(run)).map(({ step }) => step);

test('a file is written as the bytes of encodeSafetensors, and its checksum is told', async () => {
  const path = join(await temporaryFolder(), 'model.safetensors');
  const tensors = { a: floats([1, 2]), b: { shape: [1], data: Uint8Array.of(1) } };
  const { bytes, sha256 } = await writeSafetensorsFile(path, tensors, { model: 'tiny' });
  const content = await readFile(path);
  expect(new Uint8Array(content)).toEqual(encodeSafetensors(tensors, { model: 'tiny' }));
  expect(bytes).toBe(content.length);
  expect(sha256).toBe(createHash('sha256').update(content).digest('hex'));
  expect(await readSafetensorsFile(path, { sha256 })).toEqual(decodeSafetensors(content));
});

test("Python's file is read from disk as from memory, whole or in part", async () => {
  const path = fixture('dtypes.safetensors').pathname;
  const inMemory = decodeSafetensors(await readFile(path));
  expect(await readSafetensorsFile(path)).toEqual(inMemory);
  const part = await readSafetensorsFile(path, { only: (name) => name === 'bf16' });
  expect(part.tensors).toEqual({ bf16: inMemory.tensors.bf16 });
  expect((await readSafetensorsHeader(path)).entries.find(({ name }) => name === 'empty')?.shape).toEqual([
    3, 0, 2,
  ]);
});

test('a damaged file is named, with the fault', async () => {
  const path = join(await temporaryFolder(), 'model.safetensors');
  const { sha256 } = await writeSafetensorsFile(path, { a: floats([1, 2]) });
  const content = await readFile(path);
  content[content.length - 1]! ^= 1;
  await writeFile(path, content);
  await expect(readSafetensorsFile(path, { sha256 })).rejects.toThrow(
    `${path}: SHA-256 must be ${sha256}; received `,
  );
  await truncate(path, content.length - 1);
  await expect(readSafetensorsFile(path)).rejects.toThrow(
    `${path} must have a valid header; the tensors take 8 bytes`,
  );
  await truncate(path, 5);
  await expect(readSafetensorsFile(path)).rejects.toThrow(
    `${path} must be at least 8 bytes long; received 5 bytes.`,
  );
});

test('a checkpoint comes back as it was: tensors, state, metric, digest', async () => {
  const run = await temporaryFolder();
  const trees = someTrees(1200);
  const state = { key: [1, 2], cursor: { epoch: 3, order: 'ünï' }, none: null };
  const folder = await saveCheckpoint(run, { step: 1200, trees, state, metric: 0.5 });
  expect(folder).toBe(join(run, 'checkpoints', 'step-00001200'));
  expect((await readdir(folder)).sort()).toEqual([
    'model.safetensors',
    'optimizer.safetensors',
    'state.json',
  ]);
  const loaded = await loadCheckpoint(folder);
  expect({ step: loaded.step, state: loaded.state, metric: loaded.metric }).toEqual({
    step: 1200,
    state,
    metric: 0.5,
  });
  expect(matchTree(trees.model, loaded.trees.model!)).toEqual(trees.model);
  expect(matchTree(trees.optimizer, loaded.trees.optimizer!)).toEqual(trees.optimizer);
  expect(digestTrees(loaded.trees)).toBe(digestTrees(trees as unknown as Record<string, Tree<NdArray>>));
  expect(await latestCheckpoint(run)).toEqual({ step: 1200, folder, metric: 0.5 });
});

const digest = (tree: Tree<NdArray>) => digestTrees({ model: tree });

test('the digest sees every name, type, shape and bit', () => {
  const base = digest({ a: floats([0, 1]) });
  expect(base).toMatch(/^[0-9a-f]{64}$/);
  expect(digest({ a: floats([0, 1]) })).toBe(base);
  const others = [
    digest({ b: floats([0, 1]) }),
    digest({ a: floats([-0, 1]) }),
    digest({ a: floats([0, 1], [2, 1]) }),
    digest({ a: { shape: [2], data: new Int32Array(Float32Array.of(0, 1).buffer) } }),
    digestTrees({ optimizer: { a: floats([0, 1]) } }),
  ];
  expect(new Set([base, ...others]).size).toBe(6);
});

test('the newest and the best stay', async () => {
  const run = await temporaryFolder();
  const metrics = [5, 1, 4, NaN, 3, 1, 9];
  for (const [step, metric] of metrics.entries())
    await save(run, step, { metric }, { keepLast: 2, keepBest: 1 });
  expect(await steps(run)).toEqual([5, 6]); // of the two with metric 1 the newer one
  for (const [i, metric] of metrics.entries()) {
    await save(run, 10 + i, { metric }, { keepLast: 2, keepBest: 2, bestBy: 'max' });
  }
  expect(await steps(run)).toEqual([6, 15, 16]); // 9 and 9 are best, 15 and 16 newest
  expect((await readdir(join(run, 'checkpoints'))).length).toBe(3);
  await save(run, 100, {}, { keepLast: 1, keepBest: 0 });
  expect(await steps(run)).toEqual([100]);
});

test('a resumed run that is behind keeps what it just saved', async () => {
  const run = await temporaryFolder();
  await save(run, 10);
  await save(run, 20);
  await save(run, 5, {}, { keepLast: 1, keepBest: 0 });
  expect(await steps(run)).toEqual([5, 20]);
});

test('a checkpoint of the same step is replaced', async () => {
  const run = await temporaryFolder();
  await save(run, 10, { state: 'old' });
  const folder = await save(run, 10, { state: 'new' });
  expect((await loadCheckpoint(folder)).state).toBe('new');
  expect(await readdir(join(run, 'checkpoints'))).toEqual(['step-00000010']);
});

test('what a crash left is never a checkpoint, and the next save clears it', async () => {
  const run = await temporaryFolder();
  const folder = await save(run, 10);
  const parent = join(run, 'checkpoints');
  // A save that died before its rename, a removal that died half-way, and a folder without its manifest.
  await mkdir(join(parent, '.step-00000020.partial'));
  await writeFile(join(parent, '.step-00000020.partial', 'model.safetensors'), 'half');
  await mkdir(join(parent, '.step-00000005.removed'));
  await mkdir(join(parent, 'step-00000030'));
  expect(await latestCheckpoint(run)).toEqual({ step: 10, folder, metric: undefined });
  await save(run, 11);
  expect((await readdir(parent)).sort()).toEqual(['step-00000010', 'step-00000011', 'step-00000030']);
  expect(await steps(run)).toEqual([10, 11]);
});

test('a crash between the two renames of a replacement loses nothing', async () => {
  const run = await temporaryFolder();
  const folder = await save(run, 10);
  const parent = join(run, 'checkpoints');
  await rename(folder, join(parent, '.step-00000010.removed'));
  await mkdir(join(parent, '.step-00000010.partial'));
  await save(run, 11);
  expect(await steps(run)).toEqual([10, 11]);
});

test('a checkpoint with a file missing or cut short is passed over; one with a flipped bit is refused by name', async () => {
  const run = await temporaryFolder();
  const first = await save(run, 1);
  const second = await save(run, 2);
  const model = join(second, 'model.safetensors');
  const content = await readFile(model);
  content[content.length - 2]! ^= 4;
  await writeFile(model, content);
  await expect(loadCheckpoint(second)).rejects.toThrow(`${model}: SHA-256 must be `);
  await expect(loadCheckpoint(second)).rejects.toThrow(
    'The file is damaged: use an earlier checkpoint or a copy.',
  );
  await truncate(model, content.length - 4);
  expect((await latestCheckpoint(run))?.folder).toBe(first);
  await expect(loadCheckpoint(join(run, 'nowhere'))).rejects.toThrow(
    `${join(run, 'nowhere')} must hold a whole checkpoint; received none at ${join(run, 'nowhere', 'state.json')}.`,
  );
});

test('an edited state.json is refused', async () => {
  const folder = await save(await temporaryFolder(), 7);
  const path = join(folder, 'state.json');
  const text = await readFile(path, 'utf8');
  await writeFile(path, text.replace('"seed": 0', '"seed": 1'));
  await expect(loadCheckpoint(folder)).rejects.toThrow(`${path}: SHA-256 must be `);
  await writeFile(path, text.slice(0, 20));
  await expect(loadCheckpoint(folder)).rejects.toThrow(`${path} must hold JSON; received `);
  await writeFile(path, '{"format":"other/2"}');
  await expect(loadCheckpoint(folder)).rejects.toThrow(
    `${path}: format must be m3ae-checkpoint/1; received other/2.`,
  );
});

test('what cannot be stored is refused before anything is written', async () => {
  const run = await temporaryFolder();
  const state = { rate: NaN, nested: [{ big: 1n, data: new Uint8Array(2) }] };
  await expect(saveCheckpoint(run, { step: -1, trees: { '../x': {} }, state })).rejects.toThrow(
    'step must be an integer, zero or more; received -1; trees.../x must be named by letters, digits, _ and -; ' +
      'state.rate is NaN, which JSON cannot hold; state.nested.0.big is a bigint, which JSON cannot hold; ' +
      'state.nested.0.data is a Uint8Array, which JSON cannot hold. Nothing was written.',
  );
  const twice = { 'a.b': floats([1]), a: { b: floats([2]) } };
  await expect(saveCheckpoint(run, { step: 1, trees: { model: twice }, state: 0 })).rejects.toThrow(
    'paths of the tree must be different; received a.b twice. Avoid dots within names.',
  );
  await expect(save(run, 1, {}, { keepLast: 0 })).rejects.toThrow(
    'keepLast must be a positive integer; received 0.',
  );
  expect(await readdir(run)).toEqual([]);
});

test('JSON appears whole and comes back', async () => {
  const path = join(await temporaryFolder(), 'config.json');
  await writeJson(path, { a: [1, 'x', null], b: undefined });
  expect(await readJson(path)).toEqual({ a: [1, 'x', null] });
  await expect(writeJson(path, { a: Infinity })).rejects.toThrow(
    `${path}: value must be plain JSON; received value.a is Infinity. Leave those parts out.`,
  );
  expect(await readJson(path)).toEqual({ a: [1, 'x', null] });
});

test('an error of the file system names its file; a full disk is no fault of the input, other errors stay', async () => {
  const missing = join(await temporaryFolder(), 'missing.json');
  const thrown: unknown = await readFile(missing).catch((error: unknown) => error);
  const explained = explainSystemError(thrown);
  expect(isInvalidInput(explained) && explained.faults).toMatchObject([
    { path: missing, received: 'ENOENT' },
  ]);
  const full = Object.assign(new Error('full'), { code: 'ENOSPC', syscall: 'write', path: missing });
  const told = explainSystemError(full);
  expect([isInvalidInput(told), told instanceof Error && told.cause]).toEqual([false, full]);
  const other = new Error('of another kind');
  expect(explainSystemError(other)).toBe(other);
});
