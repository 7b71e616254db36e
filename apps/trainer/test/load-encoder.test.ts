import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeSafetensors } from '@m3ae/checkpoint';
import { decodeImage } from '@m3ae/datasets';
import { resolveM3aeConfig } from '@m3ae/transformer';
import { flattenTree, type NdArray } from '@m3ae/tree';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createProgress } from '@m3ae/logging';
import { featurePath, type OpenedModel, readFeatures } from '@m3ae/evaluation/model';
import type { RunRecord } from '@m3ae/runs';
import { openRunModel } from '@m3ae/runs/model';
import { openRun } from '../src/evaluation/open-run.js';
import { loadEncoder } from '../src/index.js';
import { openSources } from '../src/run/sources.js';
import { labeledWorkplace } from './support/labeled-runs.js';
import { runCommand } from './support/run-command.js';

const methods = ['m3ae', 'clip', 'supervised'] as const;
let place: Awaited<ReturnType<typeof labeledWorkplace>>;
beforeAll(async () => {
  place = await labeledWorkplace();
  const changes = ['evaluation.enabled=false', 'report.enabled=false', 'evaluation.batchSize=5'];
  for (const method of methods) {
    expect(await place.pretrain(method, `method=${method}`, ...changes)).toMatchObject({
      code: 0,
      stderr: '',
    });
  }
}, 120_000);
afterAll(() => place.remove());

/** What `m3ae probe` has made of the test part, and the files it read. */
async function madeByTheCommand(method: string) {
  const folder = place.out(method);
  expect(await runCommand('probe', folder, '--features', 'mean', '--quiet')).toMatchObject({ code: 0 });
  const run = await openRun(folder);
  const progress = createProgress({ quiet: true, output: process.stdout, clock: () => 0 });
  const part = (await openSources(run.config, progress)).tests[0]!;
  const { weights, image } = run.model;
  const path = featurePath(folder, weights.slice(0, 16), part, image);
  const features = (await readFeatures(path, ['cls', 'mean']))!;
  const files = Array.from(
    part.indices,
    (index) => /[\w-]+\/\w+\.png/.exec(part.dataset.describe(index))![0],
  );
  return { features, files: files.map((file) => join(place.pictures, file)) };
}

test.each(methods)('%s: features of files are those of the command, bit for bit', async (method) => {
  const { features, files } = await madeByTheCommand(method);
  expect(files.length).toBeGreaterThan(5); // more than one batch, and a last one that is not full
  expect(files.length % 5).toBeGreaterThan(0);
  const encoder = await loadEncoder(place.out(method));
  const encoded = await encoder.encode(files);
  expect(encoded.dim).toBe(16);
  for (const name of ['cls', 'mean'] as const) expect(encoded[name]).toEqual(features.features[name]!.data);
  expect(encoded.logits).toEqual(features.features.logits?.data);
  // The mean is that of the patch tokens, here added up one by one; 2 x 2 patches.
  expect(encoded.patches.length).toBe(files.length * 4 * 16);
  for (const at of [0, 17, files.length * 16 - 1]) {
    const [picture, column] = [Math.floor(at / 16), at % 16];
    const tokens = [0, 1, 2, 3].map((patch) => encoded.patches[(picture * 4 + patch) * 16 + column]!);
    expect(encoded.mean[at]).toBeCloseTo(tokens.reduce((sum, one) => sum + one, 0) / 4, 5);
  }
  // Bytes and pixels are the same pictures.
  const [first, second] = files as [string, string];
  const other = await encoder.encode([readFileSync(first), await decodeImage(second), ...files.slice(2, 5)]);
  expect(other.mean).toEqual(encoded.mean.slice(0, 5 * 16));
  await encoder.dispose();
});

test.each(methods)('%s: a run opens without its config being read as one of the command', async (method) => {
  const folder = place.out(method);
  const wanted = await openRun(folder);
  const { model, record, step, checkpoint } = await openRunModel(folder);
  expect([step, checkpoint, record]).toEqual([wanted.step, wanted.checkpoint, wanted.record]);
  const plain = (opened: OpenedModel) => ({ ...opened, text: { ...opened.text, words: null } });
  expect(plain(model)).toEqual(plain(wanted.model));
  const words = (opened: OpenedModel) => opened.text?.words.encode('red square on a tile');
  expect(words(model)).toEqual(words(wanted.model));
  // As other readers of the same files find it.
  const file = readFileSync(join(checkpoint, 'model.safetensors'));
  expect(model.weights).toBe(createHash('sha256').update(file).digest('hex'));
  const { tensors } = decodeSafetensors(file);
  const leaves = flattenTree<NdArray>(model.params);
  expect(leaves.map(([path]) => path).sort()).toEqual(Object.keys(tensors).sort());
  for (const [path, { data }] of leaves) expect(data).toEqual(tensors[path]!.data);
  const { data, config } = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8')) as typeof record;
  expect(model.image).toMatchObject({ size: config.image.size, mean: data.mean, std: data.std });
  expect((await openRunModel(checkpoint)).model.weights).toBe(model.weights);
});

test('a run of another program says how its model is made', async () => {
  const configOf = () => ({ method: 'mae' }) as never;
  await expect(openRunModel(place.out('m3ae'), { configOf })).rejects.toThrow(
    /without image, text, model, loss\. Give configOf/,
  );
});

test('captions are seen by the patches, each by its own', async () => {
  const encoder = await loadEncoder(place.out('m3ae'), { threads: 1 });
  const file = join(place.pictures, 'red-things', 'p0.png');
  const alone = await encoder.encode([file, file]);
  const read = await encoder.encode([file, file], ['red square', 'blue tile']);
  const [one, two] = [read.mean.slice(0, 16), read.mean.slice(16)];
  expect(alone.mean.slice(0, 16)).toEqual(alone.mean.slice(16));
  expect(one).not.toEqual(two);
  expect(one).not.toEqual(alone.mean.slice(0, 16));
  const swapped = await encoder.encode([file, file], ['blue tile', 'red square']);
  expect([swapped.mean.slice(16), swapped.mean.slice(0, 16)]).toEqual([one, two]);
  await encoder.dispose();
});

test.each(methods)(
  '%s: resolveM3aeConfig takes the model of config.json and of the encoder',
  async (method) => {
    const folder = place.out(method);
    const { model } = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8')) as RunRecord;
    expect(resolveM3aeConfig(model)).toEqual(model);
    const encoder = await loadEncoder(join(folder, 'checkpoints', 'step-00000003'));
    expect(resolveM3aeConfig(encoder.config.model)).toEqual(model);
    expect(model).toMatchObject({ embedDim: 16, depth: 2, patchSize: 8 });
    expect(encoder.config).toMatchObject({
      method,
      image: { size: 16, patchSize: 8 },
      text: { maxLength: 6 },
    });
    expect(encoder.config.image.mean).toHaveLength(3);
    expect(encoder.step).toBe(3);
    await encoder.dispose();
  },
);

test('bad input is told in the words of the call', async () => {
  await expect(loadEncoder(place.folder)).rejects.toThrow('must be a folder with a checkpoint');
  const encoder = await loadEncoder(place.out('m3ae'));
  const clip = await loadEncoder(place.out('clip'));
  const file = join(place.pictures, 'red-things', 'p0.png');
  await expect(encoder.encode([])).rejects.toThrow('pictures must be a list of at least one; received none.');
  await expect(encoder.encode([file, 'none.png'])).rejects.toThrow(
    'pictures[1] must be a file; received none.png',
  );
  await expect(encoder.encode([new Uint8Array(9)])).rejects.toThrow('pictures[0] must be a picture;');
  await expect(encoder.encode([file], ['a', 'b'])).rejects.toThrow(
    'captions must be as many as pictures, 1; received 2.',
  );
  await expect(encoder.encode([file], [' '])).rejects.toThrow('captions[0] must be words');
  await expect(clip.encode([file], ['red'])).rejects.toThrow('captions must be left out');
  await Promise.all([encoder.dispose(), clip.dispose()]);
});
