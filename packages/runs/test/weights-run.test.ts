import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRunner } from '@m3ae/compile';
import { encodePng } from '@m3ae/datasets';
import { createExampleEncoder, type OpenedModel, weightsOfModel } from '@m3ae/evaluation/model';
import { key } from '@m3ae/random';
import { initMae, resolveM3aeConfig } from '@m3ae/transformer';
import { toSafetensors } from '@m3ae/weights';
import { afterAll, expect, test } from 'vitest';
import { isWeightsPath, openWeightsRun, runEncoder } from '../src/model.js';

const folder = mkdtempSync(join(tmpdir(), 'm3ae-weights-run-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const sizes = { embedDim: 8, depth: 1, heads: 2, decoderDim: 8, decoderDepth: 1, decoderHeads: 2 };
const model = resolveM3aeConfig({ patchSize: 4, vocabSize: 30, ...sizes });
const image = { size: 8, patchSize: 4, mean: [0.1, 0.2, 0.3], std: [1, 1, 1], normalizeTargets: false };
const trained: OpenedModel = {
  kind: 'mae',
  config: model,
  params: initMae(key(1), model),
  name: 'mine',
  weights: '0'.repeat(16),
  image,
};
const file = join(folder, 'mae.safetensors');
writeFileSync(file, toSafetensors(weightsOfModel(trained, 7)));

const settings = {
  method: 'mae' as const,
  image: { size: 8, patchSize: 4 },
  text: { maxLength: 5 },
  model: { size: 'small' as const, ...sizes },
  loss: { normalizeTargets: true },
};

test('a file of weights opens as a run does, by a config of one’s own', async () => {
  const opened = openWeightsRun(file, { configOf: () => settings, versions: { mine: '1' } });
  expect(opened).toMatchObject({ folder: `${file}.results`, checkpoint: file, step: 7, config: settings });
  expect(opened.record).toMatchObject({ data: { mean: image.mean }, versions: { mine: '1' } });
  expect(opened.model.image).toEqual({ ...image, normalizeTargets: true });
  const encoder = runEncoder(opened, { runner: createRunner() });
  expect(encoder.config).toMatchObject({ method: 'mae', image: { size: 8 }, text: { maxLength: 5 } });
  expect([encoder.step, encoder.classes]).toEqual([7, null]);
  const pixels = Uint8Array.from({ length: 8 * 8 * 3 }, (_, at) => (at * 37) % 256);
  const picture = join(folder, 'picture.png');
  writeFileSync(picture, await encodePng({ width: 8, height: 8, channels: 3, data: pixels }));
  // The same model, never written, on another engine.
  const eager = createExampleEncoder(trained, { runner: createRunner({ engine: 'eager:cpu' }) });
  const [found, expected] = [await encoder.encode([picture]), await eager.encode([picture])];
  found.mean.forEach((value, at) => expect(value).toBeCloseTo(expected.mean[at]!, 5));
  await Promise.all([encoder.dispose(), eager.dispose()]);
});

test('weights are files, and folders that no run keeps', () => {
  const folderOf = (name: string, files: readonly string[]) => {
    const path = join(folder, name);
    mkdirSync(path);
    files.forEach((each) => writeFileSync(join(path, each), ''));
    return path;
  };
  expect(isWeightsPath(file)).toBe(true);
  expect(isWeightsPath(join(folder, 'missing'))).toBe(false);
  expect(isWeightsPath(folderOf('hub', ['model.safetensors', 'config.json']))).toBe(true);
  expect(isWeightsPath(folderOf('run', ['model.safetensors', 'metrics.jsonl']))).toBe(false);
  expect(isWeightsPath(folderOf('step-00000012', ['model.safetensors']))).toBe(false);
  expect(isWeightsPath(folderOf('pictures', ['cat.png']))).toBe(false);
});
