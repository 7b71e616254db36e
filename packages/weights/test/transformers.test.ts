import { fileURLToPath } from 'node:url';
import { decodeSafetensors } from '@m3ae/checkpoint';
import { planFromNoise } from '@m3ae/masking';
import { key, uniform } from '@m3ae/random';
import { applyMae, initMae, type MaeParams, resolveM3aeConfig } from '@m3ae/transformer';
import { type NdArray, ndArray } from '@m3ae/tree';
import type { Tensor } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { readWeightsFile } from '../src/files.js';
import { hintsOf, type ModelWeights, readWeights, toHuggingFace } from '../src/index.js';
import { largestDifference, runner } from './expected.js';
import { config, image, mae } from './tiny-models.js';

/** A written folder as it reads back. */
function again(model: ModelWeights): ModelWeights {
  const files = toHuggingFace(model, { name: 'again' });
  const json = (name: string) => JSON.parse(files[name] as string) as unknown;
  return readWeights(
    files['model.safetensors'] as Uint8Array,
    hintsOf(json('config.json'), json('preprocessor_config.json')),
  );
}

function rebuilt({ config, params }: ModelWeights): Promise<NdArray> {
  const rebuild = runner('eager:cpu')<NdArray>(
    'rebuild',
    (weights: MaeParams<Tensor>, inputs: never) => applyMae(weights, config, inputs).output.image!,
  );
  const patches = ndArray(uniform(key(2), 2 * 16 * 48), [2, 16, 48]);
  return rebuild.run(params, { patches, imagePlan: planFromNoise(uniform(key(3), 32), 2, 16, 0.75) });
}

test('an MAE with type embeddings rebuilds the same patches without those of the encoder', async () => {
  const back = again(mae);
  const written = { ...config, vocabSize: 30_522 }; // it has no words
  expect(back).toMatchObject({ kind: 'mae', config: written, image, source: 'transformers (Hugging Face)' });
  expect(largestDifference(await rebuilt(back), await rebuilt(mae))).toBeLessThan(1e-6);
});

test("tensors have the names and shapes of transformers' ViTMAEForPreTraining", () => {
  const files = toHuggingFace(mae, { name: 'mae' });
  expect(JSON.parse(files['config.json'] as string)).toMatchObject({
    model_type: 'vit_mae',
    architectures: ['ViTMAEForPreTraining'],
    decoder_hidden_size: 8,
    decoder_intermediate_size: 32,
  });
  const { tensors, metadata } = decodeSafetensors(files['model.safetensors'] as Uint8Array);
  expect(metadata).toEqual({ format: 'pt' });
  const blockOf = (name: string, dim: number) => ({
    ...Object.fromEntries(
      ['attention.attention.query', 'attention.attention.key', 'attention.attention.value'].flatMap(
        (part) => [
          [`${name}.${part}.weight`, [dim, dim]],
          [`${name}.${part}.bias`, [dim]],
        ],
      ),
    ),
    [`${name}.attention.output.dense.weight`]: [dim, dim],
    [`${name}.attention.output.dense.bias`]: [dim],
    [`${name}.intermediate.dense.weight`]: [4 * dim, dim],
    [`${name}.intermediate.dense.bias`]: [4 * dim],
    [`${name}.output.dense.weight`]: [dim, 4 * dim],
    [`${name}.output.dense.bias`]: [dim],
    [`${name}.layernorm_before.weight`]: [dim],
    [`${name}.layernorm_before.bias`]: [dim],
    [`${name}.layernorm_after.weight`]: [dim],
    [`${name}.layernorm_after.bias`]: [dim],
  });
  expect(Object.fromEntries(Object.entries(tensors).map(([name, { shape }]) => [name, shape]))).toEqual({
    'vit.embeddings.cls_token': [1, 1, 16],
    'vit.embeddings.position_embeddings': [1, 17, 16],
    'vit.embeddings.patch_embeddings.projection.weight': [16, 3, 4, 4],
    'vit.embeddings.patch_embeddings.projection.bias': [16],
    ...blockOf('vit.encoder.layer.0', 16),
    'vit.layernorm.weight': [16],
    'vit.layernorm.bias': [16],
    'decoder.mask_token': [1, 1, 8],
    'decoder.decoder_pos_embed': [1, 17, 8],
    'decoder.decoder_embed.weight': [8, 16],
    'decoder.decoder_embed.bias': [8],
    ...blockOf('decoder.decoder_layers.0', 8),
    'decoder.decoder_norm.weight': [8],
    'decoder.decoder_norm.bias': [8],
    'decoder.decoder_pred.weight': [48, 8],
    'decoder.decoder_pred.bias': [48],
  });
});

test.each(['hf-mae', 'hf-vit'])("%s: transformers' own weights come back bit for bit", (name) => {
  const file = fileURLToPath(new URL(`fixtures/vision/${name}.safetensors`, import.meta.url));
  const model = readWeightsFile(file, { heads: 2, decoderHeads: 2, image });
  expect(again(model)).toEqual({ ...model, notes: [] });
});

test('what transformers cannot express stays under our own names', () => {
  const deep = resolveM3aeConfig({ ...config, outputHeadDepth: 1 });
  const model = { ...mae, config: deep, params: initMae(key(1), deep) } as ModelWeights;
  expect(again(model)).toMatchObject({ kind: 'mae', config: deep, source: 'this project' });
});
