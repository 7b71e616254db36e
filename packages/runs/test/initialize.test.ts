import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDataset, wholeSplit } from '@m3ae/datasets';
import { key } from '@m3ae/random';
import { initMae, resolveM3aeConfig } from '@m3ae/transformer';
import { toSafetensors } from '@m3ae/weights';
import { afterAll, expect, test } from 'vitest';
import { streamsOf, vocabularyOf } from '../src/index.js';
import { checkInitialize, initialParams } from '../src/model.js';

const folder = mkdtempSync(join(tmpdir(), 'm3ae-initialize-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const sizes = { embedDim: 8, depth: 1, heads: 2, decoderDim: 8, decoderDepth: 1, decoderHeads: 2 };
const model = resolveM3aeConfig({ patchSize: 4, vocabSize: 30, ...sizes });
const [theirs, fresh] = [initMae(key(1), model), initMae(key(2), model)];
const weights = join(folder, 'mae.safetensors');
const image = { mean: [0, 0, 0], std: [1, 1, 1] };
writeFileSync(
  weights,
  toSafetensors({ kind: 'mae', config: model, params: theirs, source: 'a test', notes: [], image }),
);
const words = { warn: () => {}, remedy: 'Train.' };
const taker = { kind: 'supervised', model, pieces: [] } as const;

test('a run begins as it is asked to', async () => {
  expect(await initialParams(fresh, null, taker, words)).toBe(fresh);
  const begun = await initialParams(fresh, { weights }, taker, words);
  expect(begun).toMatchObject({ encoder: theirs.encoder, decoder: fresh.decoder });
  await checkInitialize(null, words);
  await checkInitialize({ weights }, words);
});

test('what is not there is told by its setting', async () => {
  for (const initialize of [{ run: folder }, { weights: join(folder, 'none.pkl') }]) {
    const path = `initialize.${Object.keys(initialize)[0]}`;
    await expect(initialParams(fresh, initialize, taker, words)).rejects.toThrow(path);
    await expect(checkInitialize(initialize, words)).rejects.toThrow(path);
  }
  const other = { ...taker, model: resolveM3aeConfig({ patchSize: 4, vocabSize: 30, ...sizes, heads: 4 }) };
  await expect(initialParams(fresh, { weights }, other, words)).rejects.toThrow('model.heads');
});

test('each purpose has a key of its own', () => {
  const keys = Object.values(streamsOf(3)).map((each) => [...each].join());
  expect(new Set(keys).size).toBe(keys.length);
  expect(streamsOf(3)).toEqual(streamsOf(3));
  expect(streamsOf(4).order).not.toEqual(streamsOf(3).order);
});

test('word pieces are those of BERT, or what captions use of them', () => {
  const captions = ['a cat', 'a dog'];
  const dataset = createDataset(
    { name: 'pets', kind: 'text', length: 2, fingerprint: '', notes: [] },
    {
      caption: (index) => captions[index]!,
      image: () => Promise.reject(new Error('not read')),
      describe: (index) => `pets:${index}`,
    },
  );
  const split = wholeSplit(dataset, { name: 'pets', title: 'pets', note: '' });
  expect(vocabularyOf('bert', [split])).toMatchObject({ tokenizer: { vocabSize: 30_522 }, mapping: null });
  const { tokenizer } = vocabularyOf('trimmed', [null, split]);
  expect(['a', 'cat', 'dog', 'bird'].map((piece) => tokenizer.idOf(piece) !== undefined)).toEqual([
    true,
    true,
    true,
    false,
  ]);
});
