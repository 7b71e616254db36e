import { fileURLToPath } from 'node:url';
import { planFromNoise } from '@m3ae/masking';
import {
  applyMae,
  type ClipConfig,
  type ClipParams,
  type MaeParams,
  representClipImages,
  representClipText,
  representTrunk,
  type TrunkParams,
} from '@m3ae/transformer';
import { type NdArray, ndArray } from '@m3ae/tree';
import type { Tensor } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { readWeightsFile } from '../src/files.js';
import type { ModelWeights } from '../src/index.js';
import {
  type Engine,
  engines,
  largestDifference,
  onBoth,
  patchesOf,
  readExpected,
  runner,
} from './expected.js';

const fixture = (name: string) => fileURLToPath(new URL(`fixtures/vision/${name}`, import.meta.url));

/** What the other implementation made of the pictures. */
const expectedOf = (name: string) => readExpected(fixture(`${name}.expected.safetensors`));

/** Tokens of whole pictures by our model. */
async function tokensOf({ config, params }: ModelWeights, image: NdArray, engine: Engine): Promise<NdArray> {
  const encode = runner(engine)<NdArray>(
    'encode',
    (weights: TrunkParams<Tensor>, patches: Tensor) =>
      representTrunk(weights, config, { patches: patches as never }).output,
  );
  return encode.run(params, patchesOf(image, config.patchSize));
}

test.each(
  onBoth([
    ['timm-vit', 'timm-vit.safetensors', { heads: 2 }],
    ['timm-mae', 'timm-mae.safetensors', { heads: 2 }],
    ['hf-mae', 'hf-mae.safetensors', { heads: 2, decoderHeads: 2 }],
    ['hf-vit', 'hf-vit.safetensors', { heads: 2 }],
    ['hf-vit', 'hf-vit-folder', {}], // config.json says the heads
  ] as const),
)('%s: %s, tokens of %s equal theirs', async (engine, name, file, hints) => {
  const expected = expectedOf(name);
  const weights = readWeightsFile(fixture(file), hints);
  expect(weights.image.size).toBe(16);
  expect(weights.config.learnedPositions).toEqual(name.endsWith('mae') ? undefined : [4, 4]);
  expect(largestDifference(await tokensOf(weights, expected.image!, engine), expected.tokens!)).toBeLessThan(
    1e-5,
  );
});

test.each(engines)("%s: transformers' MAE rebuilds the same patches from the same noise", async (engine) => {
  const { image, noise, logits, mask } = expectedOf('hf-mae');
  const { config, params } = readWeightsFile(fixture('hf-mae.safetensors'), { heads: 2, decoderHeads: 2 });
  const imagePlan = planFromNoise(noise!.data as Float32Array, 2, 16, 0.75);
  expect([...imagePlan.mask.data]).toEqual([...mask!.data]);
  const rebuild = runner(engine)<NdArray>(
    'rebuild',
    (weights: MaeParams<Tensor>, inputs: never) => applyMae(weights, config, inputs).output.image!,
  );
  const ours = await rebuild.run(params, { patches: patchesOf(image!, 4), imagePlan });
  expect(largestDifference(ours, logits!)).toBeLessThan(1e-5);
});

test.each(
  onBoth([
    ['open-clip', {}],
    ['open-clip-quick', { gelu: 'quick' }],
  ] as const),
)('%s: %s, vectors of pictures and texts equal theirs', async (engine, name, hints) => {
  const expected = expectedOf(name);
  const weights = readWeightsFile(fixture(`${name}.safetensors`), { heads: 2, textHeads: 3, ...hints });
  expect(weights.kind).toBe('clip');
  const config = weights.config as ClipConfig;
  const embed = runner(engine)<{ image: NdArray; text: NdArray }>(
    'embed',
    (params: ClipParams<Tensor>, inputs: { patches: never; tokenIds: never; paddingMask: never }) => ({
      image: representClipImages(params, config, { patches: inputs.patches }).output,
      text: representClipText(params, config, { tokenIds: inputs.tokenIds, paddingMask: inputs.paddingMask })
        .output,
    }),
  );
  const tokenIds = expected.tokenIds!;
  const paddingMask = ndArray(
    Float32Array.from(tokenIds.data, (id) => (id === 0 ? 1 : 0)),
    tokenIds.shape,
  );
  const ours = await embed.run(weights.params, {
    patches: patchesOf(expected.image!, 4),
    tokenIds,
    paddingMask,
  });
  expect(largestDifference(ours.image, expected.imageFeatures!)).toBeLessThan(1e-5);
  expect(largestDifference(ours.text, expected.textFeatures!)).toBeLessThan(1e-5);
});

test('what our model has not is named, all of it at once', () => {
  const read = () => readWeightsFile(fixture('timm-registers.safetensors'), { heads: 2 });
  expect(read).toThrow(/blocks\.0\.ls1\.gamma.*LayerScale/);
  expect(read).toThrow(/reg_token.*register tokens/);
});

test('the head on top is left out, and told', () => {
  expect(readWeightsFile(fixture('timm-vit.safetensors'), { heads: 2 }).notes).toEqual([
    expect.stringMatching(/head on top was left out: head\.bias, head\.weight/),
  ]);
});
