import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { decodeSafetensors, toNdArray } from '@m3ae/checkpoint';
import { createTokenizerOf } from '@m3ae/datasets';
import { requireRebuilding, requireText } from '@m3ae/evaluation/model';
import type { RetrievalResults } from '@m3ae/evaluation/retrieval';
import { key } from '@m3ae/random';
import { initM3ae, type M3aeParams, resolveM3aeConfig } from '@m3ae/transformer';
import type { NdArray, Tree } from '@m3ae/tree';
import { type ModelWeights, toSafetensors } from '@m3ae/weights';
import { readWeightsFile } from '@m3ae/weights/files';
import { afterAll, expect, test } from 'vitest';
import { modelOf, taskOf } from '@m3ae/tasks';
import { runConvert } from '../src/commands/run-convert.js';
import { resolveConfig } from '../src/config/resolve.js';
import { loadEncoder, openRun } from '../src/evaluation/open-run.js';
import { initialParams } from '@m3ae/runs/model';
import { initializeWords } from '../src/run/pretrain.js';
import { runCommand } from './support/run-command.js';

const fixture = (name: string) =>
  fileURLToPath(new URL(`../../../packages/weights/test/fixtures/${name}`, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'm3ae-weights-'));
afterAll(() => rmSync(folder, { recursive: true }));

const quiet = () => undefined;

test('weights of others stand where a run does', async () => {
  const vit = await openRun(fixture('vision/hf-vit-folder'), ['train.threads=1'], quiet);
  expect(vit).toMatchObject({
    config: { method: 'mae', image: { size: 16, patchSize: 4 } },
    foreign: true,
    model: { kind: 'encoder' },
  });
  expect(() => requireRebuilding(vit.model)).toThrow(/an encoder alone/);
  const larger = await openRun(fixture('vision/hf-vit-folder'), ['image.size=24'], quiet);
  expect(larger.model.config.learnedPositions).toEqual([6, 6]);
  expect((larger.model.params as unknown as { positions: NdArray }).positions.shape).toEqual([36, 16]);
  const clip = await openRun(
    fixture('vision/open-clip.safetensors'),
    ['model.heads=2', 'model.clip.textHeads=3'],
    quiet,
  );
  expect(clip.config).toMatchObject({ method: 'clip', text: { maxLength: 8 } });
  expect(() => requireText(clip.model, 'retrieve')).toThrow(
    /no tokenizer lies in its folder.*text\.vocabulary/,
  );
  const official = await openRun(
    fixture('official-checkpoint.pkl'),
    ['model.heads=4', 'model.decoderHeads=3'],
    quiet,
  );
  expect(official).toMatchObject({ step: 3, config: { method: 'm3ae', image: { size: 128 } } });
  expect(() => requireRebuilding(official.model)).not.toThrow();
  await expect(openRun(fixture('pickles.json'))).rejects.toThrow(/received a JSON file/);
});

test('retrieve reads pictures and texts with both towers of a CLIP', async () => {
  const data = join(folder, 'pairs');
  cpSync(fixture('clip/pictures'), join(data, 'test'), { recursive: true });
  for (const name of ['train/00.png', 'train/00.txt', 'val/01.png', 'val/01.txt']) {
    cpSync(fixture(`clip/pictures/${basename(name)}`), join(data, name));
  }
  const settings = ['data.source.kind=folder', `data.source.path=${data}`, 'train.threads=1'];
  const weights = join(folder, 'clip');
  cpSync(fixture('clip/hf'), weights, { recursive: true });
  const args = settings.flatMap((setting) => ['--set', setting]);
  const { code, stdout, stderr } = await runCommand('retrieve', weights, ...args, '--json');
  expect([code, stderr]).toEqual([0, '']);
  const { parts } = (JSON.parse(stdout) as { results: RetrievalResults }).results;
  // By transformers, of the same files: fixtures/make_clip.py.
  const { tensors } = decodeSafetensors(readFileSync(fixture('clip/hf/expected.safetensors')));
  const similarity = toNdArray(tensors.similarity!).data;
  const rank = (scores: number[], right: number) => scores.filter((score) => score > scores[right]!).length;
  const rows = Array.from({ length: 12 }, (_, row) =>
    Array.from({ length: 12 }, (_, column) => [row, column]),
  );
  const ranks = {
    imageToText: rows.map((row, at) =>
      rank(
        row.map(([i, j]) => similarity[i! * 12 + j!]!),
        at,
      ),
    ),
    textToImage: rows.map((row, at) =>
      rank(
        row.map(([i, j]) => similarity[j! * 12 + i!]!),
        at,
      ),
    ),
  };
  for (const way of ['imageToText', 'textToImage'] as const) {
    for (const k of [1, 5, 10] as const) {
      const share = ranks[way].filter((place) => place < k).length / 12;
      expect(parts.test![way][`r${k}`]!.value).toBeCloseTo(share, 6);
    }
  }
});

test('word pieces of weights are those that the loader reads captions by', async () => {
  const path = join(folder, 'few-pieces.safetensors');
  writeFileSync(path, toSafetensors(given));
  const { tokenizer } = requireText((await openRun(path, [], quiet)).model, 'retrieve');
  expect(tokenizer).toMatchObject({ pieces: given.vocabulary });
  expect(createTokenizerOf(tokenizer!).encode('a dog')).toEqual([1, 3]);
});

test('their encoder runs on pictures', async () => {
  const encoder = await loadEncoder(fixture('vision/hf-vit-folder'), { threads: 1 });
  const picture = { width: 16, height: 16, channels: 3 as const, data: new Uint8Array(768).fill(90) };
  const { mean, dim } = await encoder.encode([picture, picture]);
  await encoder.dispose();
  expect([dim, mean.length]).toEqual([16, 32]);
  expect(mean.slice(0, 16)).toEqual(mean.slice(16));
});

test('convert writes what reads back bit for bit', async () => {
  const options = { dtype: 'float32', set: ['model.heads=4', 'model.decoderHeads=3'], quiet: true };
  const source = fixture('official-checkpoint.pkl');
  const original = readWeightsFile(source, { heads: 4, decoderHeads: 3 });
  for (const [to, out] of [
    ['safetensors', 'a.safetensors'],
    ['official', 'a.pkl'],
    ['huggingface', 'hub'],
  ] as const) {
    await runConvert(source, join(folder, out), { ...options, to });
    expect(readWeightsFile(join(folder, out)).params).toEqual(original.params);
  }
  expect(readdirSync(join(folder, 'hub')).sort()).toEqual([
    'README.md',
    'config.json',
    'model.safetensors',
    'preprocessor_config.json',
  ]);
});

/** Weights whose vocabulary and picture size are other than those of the run. */
const sizes = { embedDim: 16, depth: 1, heads: 2, decoderDim: 8, decoderDepth: 1, decoderHeads: 2 } as const;
const theirs = resolveM3aeConfig({ ...sizes, patchSize: 4, vocabSize: 5 });
const given = {
  kind: 'm3ae',
  config: theirs,
  params: initM3ae(key(7), theirs),
  source: 'a test',
  notes: [],
  image: { mean: [0, 0, 0], std: [1, 1, 1] },
  vocabulary: ['[PAD]', '[UNK]', 'cat', 'dog', 'sun'],
} satisfies ModelWeights;

const path = join(folder, 'given.safetensors');

/** Fresh parameters of a run, and what makes those that it begins with. */
function beginningFor(model: object, pieces: string[]) {
  writeFileSync(path, toSafetensors(given));
  const config = resolveConfig({
    initialize: { weights: path },
    data: { source: { kind: 'emoji' } },
    image: { size: 24, patchSize: 4 },
    model: { ...sizes, ...model },
    train: { steps: 1 },
  });
  const sizesOfRun = modelOf(config, { vocabSize: pieces.length });
  const fresh: Tree<NdArray> = taskOf(config, sizesOfRun).init(key(0));
  const taker = { kind: config.method, model: sizesOfRun, pieces };
  return {
    begin: () => initialParams(fresh, config.initialize, taker, initializeWords),
    fresh: fresh as unknown as M3aeParams<NdArray>,
  };
}

test('training goes on from weights with another size of picture and other word pieces, each by its name', async () => {
  const { begin, fresh } = beginningFor({}, ['[PAD]', '[UNK]', 'sun', 'bird', 'cat']);
  const begun = (await begin()) as unknown as M3aeParams<NdArray>;
  const { params } = given;
  expect(begun.encoder).toEqual(params.encoder);
  expect(begun.decoder).toEqual(params.decoder);
  const row = ({ data }: NdArray, at: number) => data.slice(at * 16, (at + 1) * 16);
  const column = ({ data, shape }: NdArray, at: number) => [...data].filter((_, i) => at === i % shape[1]!);
  const rows = [0, 1, 4, undefined, 2]; // of the weights' vocabulary
  rows.forEach((place, at) => {
    const from = place === undefined ? fresh : params;
    expect(row(begun.textEmbedding.table, at)).toEqual(row(from.textEmbedding.table, place ?? at));
    expect(column(begun.textHead.output.kernel, at)).toEqual(
      column(from.textHead.output.kernel, place ?? at),
    );
    expect(begun.textHead.output.bias.data[at]).toBe(from.textHead.output.bias.data[place ?? at]);
  });
});

test('settings under which weights would compute something else are named at once', async () => {
  const { begin } = beginningFor({ gelu: 'erf', heads: 4, imagePositions: 'learned' }, ['[PAD]', '[UNK]']);
  await expect(begin()).rejects.toThrow(
    /model\.gelu must be "tanh"[^]*model\.heads must be 2[^]*model\.imagePositions must be "fixed"/,
  );
});
