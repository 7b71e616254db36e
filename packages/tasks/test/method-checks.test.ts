import { faultsBetween } from '@m3ae/errors/settings';
import { describe, expect, test } from 'vitest';
import { defaultLossWeights, methodSettingChecks, type MethodSettings } from '../src/index.js';
import { checkImageTokenizer, imageTokenizerOf, patchesOfCodes } from '../src/onnx.js';

const settings: MethodSettings = {
  method: 'm3ae',
  image: { size: 4, patchSize: 2 },
  report: { enabled: true },
  loss: defaultLossWeights,
  augment: { mixup: 0, cutmix: 0, labelSmoothing: 0 },
  data: {
    source: { kind: 'folder', labels: 'none' },
    unpairedText: null,
    pairedShare: 1,
    dropText: 0,
    strategy: 'mixed',
    weights: null,
  },
  optimizer: { layers: 'standard', layerDecay: 1 },
  train: { batchSize: 8 },
};
const { data, loss, augment } = settings;
const files = { model: 'encoder.onnx', codes: 3, axes: 'nchw', range: [0, 1] } as const;
const image = { ...settings.image, tokenizer: files };
const decoder = { model: 'decoder.onnx', takes: 'vectors' } as const;

test.each<[Partial<MethodSettings>, string[]]>([
  [{}, []],
  [{ method: 'clip', loss: { ...loss, normalizeTargets: true } }, ['loss.normalizeTargets']],
  [{ augment: { ...augment, mixup: 0.8 } }, ['augment.mixup']],
  [
    { method: 'supervised', augment: { ...augment, mixup: 0.8 }, data: { ...data, source: { kind: 'idx' } } },
    [],
  ],
  [{ method: 'supervised' }, ['data.source.labels']],
  [{ method: 'clip', train: { batchSize: 1 } }, ['train.batchSize']],
  [{ data: { ...data, pairedShare: 0 } }, ['data.pairedShare']],
  [{ data: { ...data, dropText: 1 } }, ['data.dropText']],
  [{ method: 'mae', data: { ...data, dropText: 1 } }, []],
  [{ data: { ...data, unpairedText: {} } }, ['loss.unpairedTextWeight']],
  [{ loss: { ...loss, unpairedTextWeight: 1 } }, ['data.unpairedText']],
  [{ data: { ...data, weights: { pictures: 1, unpairedText: 1 } } }, ['data.weights']],
  [{ data: { ...data, strategy: 'weighted', weights: { pictures: 0, unpairedText: 0 } } }, ['data.weights']],
  [{ optimizer: { layers: 'beit', layerDecay: 1 } }, ['optimizer.layers']],
  [{ image }, ['image.tokenizer.decoder']], // of which the report's pictures are made
  [{ image, report: { enabled: false } }, []],
  [{ image: { ...image, tokenizer: { ...files, decoder } } }, ['image.tokenizer.codebook']],
])('%j is refused at %j', (change, paths) => {
  const faults = faultsBetween({ ...settings, ...change }, methodSettingChecks);
  expect(faults.map(({ path }) => path)).toEqual(paths);
});

describe('the image tokenizer of a config', () => {
  const statistics = { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] } as const;

  test('is none where pixels are predicted', async () => {
    expect(imageTokenizerOf(settings, statistics)).toBeUndefined();
    expect(patchesOfCodes(settings, statistics)).toBeUndefined();
    await expect(checkImageTokenizer(settings, statistics)).resolves.toBeUndefined();
  });

  test('names the setting that its file is of', async () => {
    const config = { image, report: { enabled: false } };
    const patches = { shape: [1, 4, 12], data: new Float32Array(48) };
    await expect(imageTokenizerOf(config, statistics)!.encode(patches)).rejects.toThrow(
      'image.tokenizer.model',
    );
    const coded = {
      ...config,
      image: { ...image, tokenizer: { ...files, decoder: { ...decoder, takes: 'codes' } } },
    } as const;
    await expect(checkImageTokenizer(coded, statistics)).rejects.toThrow('image.tokenizer.decoder.model');
    const logits = { shape: [1, 4, 3], data: new Float32Array(12) };
    await expect(patchesOfCodes(coded, statistics)!(logits)).rejects.toThrow('image.tokenizer.decoder.model');
  });
});
