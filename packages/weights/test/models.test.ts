import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { toFacebookNames, toReferenceNames, type MaeParams } from '@m3ae/transformer';
import type { NdArray, Tree } from '@m3ae/tree';
import { expect, test } from 'vitest';
import { readWeightsFile } from '../src/files.js';
import { type ModelWeights, readTensors, readWeights } from '../src/index.js';

const fixture = (name: string) => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));
const bytes = (name: string) => readFileSync(fixture(name));

/** SHA-256 of each parameter in the golden cases' own tensors.safetensors. */
const digests = JSON.parse(readFileSync(fixture('digests.json'), 'utf8')) as Record<
  string,
  Record<string, { shape: number[]; sha256: string }>
>;

const digest = ({ shape, data }: NdArray) => ({
  shape,
  sha256: createHash('sha256')
    .update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
    .digest('hex'),
});

const digestsOf = (arrays: Readonly<Record<string, NdArray>>) =>
  Object.fromEntries(Object.entries(arrays).map(([name, array]) => [name, digest(array)]));

const sizes = {
  embedDim: 32,
  depth: 2,
  heads: 4,
  decoderDim: 24,
  decoderDepth: 1,
  decoderHeads: 3,
  mlpRatio: 4,
};
const hints = { heads: 4, decoderHeads: 3 };

test('a training state of the M3AE code: every parameter, bit for bit', () => {
  const { kind, config, params, step } = readWeights(bytes('official-checkpoint.pkl'), hints);
  expect(kind).toBe('m3ae');
  expect(step).toBe(3);
  expect(config).toMatchObject({
    ...sizes,
    patchSize: 8,
    vocabSize: 97,
    outputHeadDepth: 0,
    useTypeEmbedding: true,
    gelu: 'tanh',
  });
  expect(digestsOf(toReferenceNames(params as Tree<NdArray>))).toEqual(digests['official-checkpoint']);
});

test('a state after three steps of optax: deep heads, no types, frozen dicts, flags; its moments where they are asked for', () => {
  const expected = JSON.parse(readFileSync(fixture('trained-state.json'), 'utf8')) as Record<string, unknown>;
  const { config, params, optimizer } = readWeightsFile(fixture('readme/m3ae_tiny.pkl'), { optimizer: true });
  expect(config).toMatchObject({
    heads: 2,
    decoderHeads: 1,
    outputHeadDepth: 1,
    useTypeEmbedding: false,
    patchSize: 2,
  });
  const named = (tree: unknown) => digestsOf(toReferenceNames(tree as Tree<NdArray>));
  expect(named(params)).toEqual(expected.params);
  expect(optimizer!.count).toBe(expected.count);
  expect(named(optimizer!.mean)).toEqual(expected.mean);
  expect(named(optimizer!.variance)).toEqual(expected.variance);
  expect(readWeights(bytes('readme/m3ae_tiny.pkl')).optimizer).toBeUndefined();
});

test("an original MAE's file of PyTorch: every parameter, bit for bit, in its layout and back", () => {
  const { kind, config, params, image } = readWeights(bytes('facebook-mae.pth'), hints) as ModelWeights & {
    params: MaeParams<NdArray>;
  };
  expect(kind).toBe('mae');
  expect(image).toMatchObject({ size: 32, mean: [0.485, 0.456, 0.406] });
  expect(config).toMatchObject({
    ...sizes,
    patchSize: 8,
    channels: 3,
    gelu: 'erf',
    useTypeEmbedding: false,
    normEpsilon: 1e-6,
  });
  const { pos_embed: _, decoder_pos_embed: __, ...expected } = digests['facebook-mae']!;
  expect(digestsOf(toFacebookNames(params, config, [4, 4]))).toMatchObject(expected);
  const read = [...readTensors(bytes('facebook-mae.pth'))].map(([name, tensor]) => [name, tensor.read()]);
  expect(digestsOf(Object.fromEntries(read) as Record<string, NdArray>)).toEqual(digests['facebook-mae']);
});

test('heads that no shape tells are asked for', () => {
  expect(() => readWeights(bytes('official-checkpoint.pkl'))).toThrow(
    /heads must be given for a width of 32/,
  );
});
