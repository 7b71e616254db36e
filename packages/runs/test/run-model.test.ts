import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { modelOf, type ModelSettings, shapesOf } from '@m3ae/tasks';
import { createCheckpoints, type Snapshot } from '@m3ae/training';
import { sizeOfShape, mapTree, ndArray } from '@m3ae/tree';
import { afterAll, expect, test } from 'vitest';
import { isInvalidInput } from '@m3ae/errors';
import { openRunModel } from '../src/model.js';

const folder = mkdtempSync(join(tmpdir(), 'm3ae-run-model-'));
afterAll(() => rmSync(folder, { recursive: true }));

const sizes = { embedDim: 8, depth: 1, heads: 2, decoderDim: 8, decoderDepth: 1, decoderHeads: 2 };
const settings: ModelSettings = {
  method: 'mae',
  image: { size: 8, patchSize: 4 },
  text: { maxLength: 4 },
  model: { size: 'small', ...sizes },
};
const config = { ...settings, loss: { normalizeTargets: true } };
const data = { vocabSize: 30, trainLength: 1, fingerprints: {}, mean: [0.5, 0.5, 0.5], std: [1, 1, 1] };

const params = mapTree(shapesOf('mae', modelOf(settings, data)), ({ shape }) =>
  ndArray(new Float32Array(sizeOfShape(shape)), shape),
);
const snapshot: Snapshot = {
  step: 3,
  state: { params, optimizer: {} },
  batches: null,
  nonFinite: { inRow: 0, total: 0 },
};
await createCheckpoints(folder).save(snapshot);

/** Opens the run with another record in its place. */
function open(record: object, options = {}) {
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ config, data, versions: {}, ...record }));
  return openRunModel(folder, options);
}

test('a run of whoever writes config.json as m3ae does opens', async () => {
  const { model, step } = await open({});
  expect([model.kind, model.image.size, model.image.mean, step]).toEqual(['mae', 8, data.mean, 3]);
});

test.each([
  [{ config: null }, {}, /without method, image, text, model, loss/],
  [{ config: { ...config, model: 'small', loss: null } }, {}, /without model, loss\./],
  [{ config: { ...config, method: 'maee' } }, {}, /^method must be one of m3ae, .* Did you mean mae\?/],
  [{ config: { ...config, method: 'constructor' } }, {}, /^method must be one of/],
  [{ data: {} }, {}, /mean and std of three channels/],
  [{ data: null }, {}, /mean and std of three channels/],
  [{}, { warm: () => {} }, /^warm must be a known option.* Did you mean warn\?/],
])('%j with options %j is refused', async (record, options, words) => {
  const error: unknown = await open(record, options).catch((thrown: unknown) => thrown);
  expect(isInvalidInput(error), String(error)).toBe(true);
  expect((error as Error).message).toMatch(words);
});

test('checkpoints of createCheckpoints alone are told to be that; those that repeat a record open', async () => {
  const place = mkdtempSync(join(folder, 'alone-'));
  await createCheckpoints(place).save(snapshot);
  const error: unknown = await openRunModel(place).catch((thrown: unknown) => thrown);
  expect(isInvalidInput(error), String(error)).toBe(true);
  for (const word of ['config.json', 'createCheckpoints', 'extra: { record', 'modelOfRun'])
    expect((error as Error).message).toContain(word);
  expect((error as Error).message).not.toContain('--overwrite');
  const extra = { record: { config, data, versions: {} } };
  await createCheckpoints(place, { extra }).save({ ...snapshot, step: 4 });
  const { model, step, record } = await openRunModel(place);
  expect([model.kind, model.image.std, step, record]).toEqual(['mae', data.std, 4, extra.record]);
});

test('a run of an earlier version opens by configOf', async () => {
  // Its config.json had other words, and its checkpoints did not repeat it.
  const { loss: _, ...rest } = config;
  const early = { ...rest, normalizeTargets: true };
  const record = { config: early, data, versions: {} };
  await expect(open(record)).rejects.toThrow('without loss. Give configOf.');
  const configOf = ({ config: given }: { readonly config: unknown }) => {
    const { normalizeTargets, ...kept } = given as typeof early;
    return { ...kept, loss: { normalizeTargets } };
  };
  const opened = await open(record, { configOf });
  expect([opened.config, opened.record.config, opened.step]).toEqual([config, early, 3]);
  expect(opened.model.image).toMatchObject({ normalizeTargets: true, mean: data.mean });
});
