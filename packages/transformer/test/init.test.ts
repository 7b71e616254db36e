import { key } from '@m3ae/random';
import { flattenTree, type NdArray, type Tree } from '@m3ae/tree';
import { expect, test } from 'vitest';
import {
  fromFacebookNames,
  fromReferenceNames,
  initM3ae,
  initMae,
  m3aeShapes,
  maeShapes,
  resolveM3aeConfig,
  toFacebookNames,
  toReferenceNames,
} from '../src/index.js';

const config = resolveM3aeConfig({
  embedDim: 64,
  depth: 2,
  heads: 4,
  decoderDim: 48,
  decoderDepth: 1,
  decoderHeads: 3,
  patchSize: 4,
  vocabSize: 120,
  outputHeadDepth: 1,
});
const params = initM3ae(key(1), config);

/** Mean and standard deviation. */
function moments(array: NdArray): [mean: number, deviation: number] {
  const data = [...array.data];
  const mean = data.reduce((a, b) => a + b, 0) / data.length;
  return [mean, Math.sqrt(data.reduce((total, value) => total + (value - mean) ** 2, 0) / data.length)];
}

test('every leaf has its shape', () => {
  const shapes = new Map(
    flattenTree<{ shape: readonly number[] }>(m3aeShapes(config)).map(([p, l]) => [p, l.shape]),
  );
  const drawn = new Map(flattenTree<NdArray>(params).map(([path, leaf]) => [path, leaf.shape]));
  expect(drawn).toEqual(shapes);
});

test('kernels are Xavier-uniform, with queries, keys and values as one matrix', () => {
  const limit = Math.sqrt(6 / (64 + 192));
  const { kernel, bias } = params.encoder.blocks[1]!.attention.qkv;
  const largest = [...kernel.data].reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  expect(largest).toBeLessThanOrEqual(Math.fround(limit));
  expect(largest).toBeGreaterThan(0.999 * limit);
  const [mean, deviation] = moments(kernel);
  expect(Math.abs(mean)).toBeLessThan((4 * limit) / Math.sqrt(3 * kernel.data.length)); // 4 standard errors
  expect(deviation).toBeCloseTo(limit / Math.sqrt(3), 2);
  expect(bias.data.every((value) => value === 0)).toBe(true);
});

test('the text table is Normal(0, 1), tokens and types Normal(0, 0.02), scales 1', () => {
  expect(moments(params.textEmbedding.table)[1]).toBeCloseTo(1, 1);
  const tokens = [
    params.clsToken,
    params.textMaskToken,
    params.imageMaskToken,
    ...Object.values(params.types!),
  ];
  for (const token of tokens) {
    const [, deviation] = moments(token);
    expect(deviation).toBeGreaterThan(0.01);
    expect(deviation).toBeLessThan(0.03);
  }
  expect(params.imageHead.norm!.scale.data.every((value) => value === 1)).toBe(true);
});

test('the same key gives the same numbers, each leaf its own, and MAE those of M3AE', () => {
  expect(initM3ae(key(1), config)).toEqual(params);
  expect(initM3ae(key(2), config).clsToken).not.toEqual(params.clsToken);
  const [first, second] = params.encoder.blocks;
  expect(first!.mlp.hidden.kernel).not.toEqual(second!.mlp.hidden.kernel);
  const mae = initMae(key(1), config);
  expect(mae.encoder).toEqual(params.encoder);
  expect(flattenTree<NdArray>(mae).map(([path]) => path)).toEqual(
    flattenTree<{ shape: readonly number[] }>(maeShapes(config)).map(([path]) => path),
  );
});

test("the reference's names come back", () => {
  const named = toReferenceNames(params);
  expect(named['decoder_text_output/Dense_1/kernel']!.shape).toEqual([48, 120]);
  expect(named['decoder_image_output/LayerNorm_1/scale']!.shape).toEqual([48]);
  expect(fromReferenceNames(named, config)).toEqual(params);
  const rooted = Object.fromEntries(Object.entries(named).map(([name, array]) => [`params/${name}`, array]));
  expect(fromReferenceNames(rooted, config)).toEqual(params);
  const mae = fromReferenceNames(named, config, 'mae');
  expect('textHead' in mae).toBe(false);
  expect(mae.imageHead).toEqual(params.imageHead);
});

test('missing, misshapen and extra arrays are all named', () => {
  const { cls_token: _, ...named } = toReferenceNames(params);
  const arrays = { ...named, extra: params.clsToken, image_mask_embedding: params.clsToken };
  expect(() => fromReferenceNames(arrays, config)).toThrow(
    [
      'cls_token must be there with shape [1,1,64]; received nothing. Check the config.',
      'image_mask_embedding must be of shape [1,1,48]; received [1,1,64]. Check the config.',
      'extra must be a parameter of the model; received an array without a use. Check the config.',
    ].join('\n'),
  );
});

test("facebook's names come back, with place codes beside them", () => {
  const original = resolveM3aeConfig({ ...config, useTypeEmbedding: false, outputHeadDepth: 0, channels: 1 });
  const mae = initMae(key(3), original);
  const named = toFacebookNames(mae, original, [2, 3]);
  expect(named['patch_embed.proj.weight']!.shape).toEqual([64, 1, 4, 4]);
  expect(named.decoder_pos_embed!.shape).toEqual([1, 7, 48]);
  expect(named.pos_embed!.data.slice(0, 64).every((value) => value === 0)).toBe(true);
  expect(fromFacebookNames(named, original)).toEqual(mae);
  expect(() => fromFacebookNames(named, config)).toThrow('useTypeEmbedding must be false; received true.');
});

test('a tree of parameters is a Tree', () => {
  const tree: Tree<NdArray> = params;
  expect(flattenTree(tree).length).toBeGreaterThan(50);
});
