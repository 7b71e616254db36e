import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { decodeSafetensors } from '@m3ae/checkpoint';
import { flattenTree, type NdArray, type Tree } from '@m3ae/tree';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readWeightsFile } from '../src/files.js';
import { isFolderForm, modelFiles, modelForms } from '../src/onnx.js';
import {
  type ModelWeights,
  readWeights,
  toHuggingFace,
  toOfficialPickle,
  toSafetensors,
} from '../src/index.js';
import { toBrain, toHalf } from '../src/write/encode-arrays.js';
import { config, image, m3ae, mae } from './tiny-models.js';

const leaves = ({ params }: ModelWeights) => flattenTree<NdArray>(params as Tree<NdArray>);
const joined = (pieces: Iterable<Uint8Array>) => Buffer.concat([...pieces]);

test.each([
  ['m3ae', m3ae],
  ['mae', mae],
] as const)('%s: safetensors and back, no bit lost', (kind, model) => {
  const back = readWeights(toSafetensors(model));
  expect(back).toMatchObject({ kind, config, image });
  expect(back.step).toBe(model.step);
  expect(leaves(back)).toEqual(leaves(model));
});

test.each([
  ['m3ae', m3ae],
  ['mae', mae],
] as const)('%s: the official pickle and back, no bit lost', (kind, model) => {
  const back = readWeights(joined(toOfficialPickle(model)));
  expect(back).toMatchObject({ kind, step: model.step ?? 0 });
  expect(back.config).toEqual(kind === 'mae' ? { ...config, vocabSize: 30522 } : config);
  expect(new Map(leaves(back))).toEqual(new Map(leaves(model)));
});

test.each(['timm-vit', 'hf-mae', 'open-clip'])('%s: converted and back, no bit lost', (name) => {
  const file = fileURLToPath(new URL(`fixtures/vision/${name}.safetensors`, import.meta.url));
  const model = readWeightsFile(file, { heads: 2, decoderHeads: 2, textHeads: 3 });
  const back = readWeights(toSafetensors(model));
  expect(back).toMatchObject({ kind: model.kind, config: model.config, image: model.image });
  expect(new Map(leaves(back))).toEqual(new Map(leaves(model)));
});

test('what the M3AE code cannot express is refused, all of it at once', () => {
  const file = fileURLToPath(new URL('fixtures/vision/timm-vit.safetensors', import.meta.url));
  const write = () => joined(toOfficialPickle(readWeightsFile(file, { heads: 2 })));
  expect(write).toThrow(/kind must be.*gelu must be.*learnedPositions must be/s);
});

/** NumPy's own roundings, by make_low_precision.py. */
const roundings = JSON.parse(
  readFileSync(new URL('fixtures/low-precision.json', import.meta.url), 'utf8'),
) as {
  float32: number[];
  float16: number[];
  bfloat16: number[];
};

test('halves and brain floats are rounded as NumPy and ml_dtypes round them', () => {
  const values = new Float32Array(Uint32Array.from(roundings.float32).buffer);
  expect([...toHalf(values)]).toEqual(roundings.float16);
  expect([...toBrain(values)]).toEqual(roundings.bfloat16);
});

test('what float16 can hold comes back as it was', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 0x7bff }), (bits) => {
      const { data } = decodeSafetensors(
        toSafetensors(
          {
            ...mae,
            params: {
              ...mae.params,
              clsToken: { shape: [1, 1, 16], data: new Float32Array(16).fill(1 + (bits % 1024) / 1024) },
            },
          } as ModelWeights,
          'float16',
        ),
      ).tensors.clsToken!;
      expect(data[0]).toBe(0x3c00 + (bits % 1024));
    }),
    { numRuns: 20 },
  );
  const large = {
    ...mae,
    params: { ...mae.params, clsToken: { shape: [1, 1, 16], data: new Float32Array(16).fill(7e4) } },
  } as ModelWeights;
  expect(() => toSafetensors(large, 'float16')).toThrow(/clsToken must be below 65520/);
});

test('a Hugging Face folder: its files, and its sizes in their words', () => {
  const files = toHuggingFace(
    {
      ...m3ae,
      vocabulary: ['[PAD]', '[UNK]', 'a', 'dog', '##s', 'b', 'c', 'd', 'e', 'f', 'g'],
    } as ModelWeights,
    { name: 'tiny' },
  );
  expect(Object.keys(files).sort()).toEqual([
    'README.md',
    'config.json',
    'model.safetensors',
    'preprocessor_config.json',
    'tokenizer.json',
  ]);
  expect(JSON.parse(files['config.json'] as string)).toMatchObject({
    hidden_size: 16,
    num_attention_heads: 2,
    intermediate_size: 64,
    image_size: 16,
    hidden_act: 'gelu_pytorch_tanh',
  });
  expect(JSON.parse(files['tokenizer.json'] as string)).toMatchObject({
    model: { vocab: { dog: 3, '##s': 4 } },
  });
  expect(readWeights(files['model.safetensors'] as Uint8Array).vocabulary).toHaveLength(11);
});

test('every form: a file by the empty name, or the files of a folder, which open again', async () => {
  for (const form of modelForms.filter((each) => each !== 'onnx')) {
    const files = await modelFiles(mae, { form, name: 'mine' });
    const names = Object.keys(files);
    expect(names.includes('')).toBe(!isFolderForm(form));
    expect(names.length > 1).toBe(isFolderForm(form));
    const [weights] = Object.entries(files).find(([name]) => name === '' || name.endsWith('.safetensors'))!;
    const bytes = joined(files[weights]!);
    expect(bytes.length).toBeGreaterThan(1000);
    const half = joined((await modelFiles(mae, { form, name: 'mine', dtype: 'float16' }))[weights]!);
    expect(half.length / bytes.length).toBeLessThan(form === 'official' ? 1.01 : 0.75);
  }
  const back = readWeights(joined((await modelFiles(mae, { form: 'safetensors', name: '' }))['']!));
  expect(leaves(back)).toEqual(leaves(mae));
  const onnx = await modelFiles(mae, { form: 'onnx', name: 'mine' });
  expect(Object.keys(onnx).sort()).toEqual(['autoencoder.onnx', 'image-encoder.onnx']);
});
