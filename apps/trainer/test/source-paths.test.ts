import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isInvalidInput } from '@m3ae/errors';
import { createProgress } from '@m3ae/logging';
import { resolveConfig } from '../src/config/resolve.js';
import { openOutlierSets, openSources } from '../src/run/sources.js';
import { writePictures } from './support/tiny-run.js';

const folder = mkdtempSync(join(tmpdir(), 'm3ae-source-paths-'));
const at = (name: string) => join(folder, name);
beforeAll(async () => {
  await writePictures(folder, 8);
  const rows = Array.from({ length: 8 }, (_, i) => ({ image: `p${i}.png`, caption: `picture ${i}` }));
  writeFileSync(at('pairs.jsonl'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  writeFileSync(
    at('choosy.mjs'),
    `export function open({ count }) {
       const fault = { path: count > 9 ? 'count' : 'the picture red.png', rule: 'fine', received: count, remedy: '' };
       throw Object.assign(new RangeError('refused'), { name: 'InvalidInput', faults: [fault] });
     }`,
  );
  writeFileSync(
    at('sayings.mjs'),
    `export const open = ({ count }) => ({
       name: 'sayings', kind: 'text', length: count, fingerprint: String(count), caption: (index) => 'saying ' + index,
       image: () => Promise.reject(new Error('there are no pictures')),
     });`,
  );
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const progress = createProgress({ quiet: true, output: process.stdout, clock: () => 0 });

/** Paths of what is wrong with the sources of a run. */
async function pathsOf(data: object, evaluation: object = {}): Promise<string[]> {
  const tiny = { image: { size: 16, patchSize: 8 }, model: { size: 'small' }, train: { steps: 1 } };
  const loss = 'unpairedText' in data ? { unpairedTextWeight: 0.5 } : {};
  const config = resolveConfig({ ...tiny, data, loss, evaluation });
  const opening =
    'outliers' in evaluation ? openOutlierSets(config, progress, false) : openSources(config, progress);
  const error: unknown = await opening.catch((thrown: unknown) => thrown);
  return isInvalidInput(error) ? error.faults.map(({ path }) => path) : [String(error)];
}

test('what is wrong with a setting of a source is told by the path that a user types', async () => {
  const pairs = { kind: 'table', path: at('pairs.jsonl') };
  const odd = { ...pairs, captionKey: 'nope', labelKey: 'neither' };
  const both = ['captionKey', 'labelKey'];
  const below = (section: string) => both.map((name) => `${section}.${name}`);
  expect(await pathsOf({ source: odd })).toEqual(below('data.source'));
  expect(await pathsOf({ source: pairs, extra: [pairs, odd] })).toEqual(below('data.extra.1'));
  expect(await pathsOf({ source: pairs }, { outliers: [pairs, odd] })).toEqual(
    below('evaluation.outliers.1'),
  );
  const absent = { kind: 'module', module: './not-there-at-all.mjs' };
  const unpairedText = { kind: 'module', module: 'not-an-installed-package' };
  expect(await pathsOf({ source: pairs, unpairedText })).toEqual(['data.unpairedText.module']);
  expect(await pathsOf({ source: absent })).toEqual(['']); // a sentence that names the file
});

test('text alone can come from a module', async () => {
  const source = { kind: 'table', path: at('pairs.jsonl') };
  const unpairedText = { kind: 'module', module: at('sayings.mjs'), options: { count: 12 } };
  const tiny = { image: { size: 16, patchSize: 8 }, model: { size: 'small' }, train: { steps: 1 } };
  const config = resolveConfig({ ...tiny, data: { source, unpairedText }, loss: { unpairedTextWeight: 1 } });
  const { unpairedText: opened } = await openSources(config, progress);
  expect(opened!.indices).toHaveLength(12);
  expect(opened!.dataset.caption(3)).toBe('saying 3');
});

test('what a module says of its options is told of them, and what it says of anything else stays', async () => {
  const choosy = (count: number) => ({ kind: 'module', module: at('choosy.mjs'), options: { count } });
  expect(await pathsOf({ source: choosy(10) })).toEqual(['data.source.options.count']);
  expect(await pathsOf({ source: choosy(1) })).toEqual(['the picture red.png']);
});
