import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createClipTokenizer } from '@m3ae/preprocess/clip';
import { applyClip, type ClipConfig, type ClipParams } from '@m3ae/transformer';
import { type NdArray, ndArray } from '@m3ae/tree';
import { exp, matMul, mul, type Tensor } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { readWeightsFile } from '../src/files.js';
import { hintsOf, type ModelWeights, readWeights, toHuggingFace, toSafetensors } from '../src/index.js';
import { type Engine, largestDifference, onBoth, patchesOf, readExpected, runner } from './expected.js';

const fixture = (name: string) => fileURLToPath(new URL(`fixtures/clip/${name}`, import.meta.url));
const tokenizer = fixture('hf/tokenizer.json');
const texts = readdirSync(fixture('pictures'))
  .filter((name) => name.endsWith('.txt'))
  .sort()
  .map((name) => readFileSync(fixture(`pictures/${name}`), 'utf8'));

/** Both towers' vectors and their similarity, of pictures and texts as a person has them. */
async function applied({ config, params, bytePairs }: ModelWeights, image: NdArray, engine: Engine) {
  const { length } = (config as ClipConfig).textTower;
  const rows = texts.map((text) => createClipTokenizer(bytePairs!).encodePadded(text, length));
  const apply = runner(engine)<Record<'image' | 'text' | 'similarity', NdArray>>(
    'apply',
    (tensors: ClipParams<Tensor>, inputs: never) => {
      const { image, text, logitScale } = applyClip(tensors, config as ClipConfig, inputs).output;
      return { image, text, similarity: mul(exp(logitScale), matMul(image, text, false, true)) };
    },
  );
  return apply.run(params, {
    patches: patchesOf(image, config.patchSize),
    tokenIds: ndArray(Int32Array.from(rows.flatMap((row) => [...row.tokenIds])), [rows.length, length]),
    paddingMask: ndArray(Float32Array.from(rows.flatMap((row) => [...row.paddingMask])), [
      rows.length,
      length,
    ]),
  });
}

test.each(onBoth([['hf'], ['open-clip']] as const))(
  '%s: %s, both towers make of pictures and texts what theirs do',
  async (engine, name) => {
    const weights = readWeightsFile(fixture(name), name === 'open-clip' ? { tokenizer } : {});
    expect(weights).toMatchObject({
      kind: 'clip',
      config: {
        heads: 2,
        gelu: 'quick',
        textTower: { attention: 'causal', heads: 3, length: 16, pooling: 'last' },
      },
      notes: [],
    });
    const { image, imageFeatures, textFeatures, similarity } = readExpected(
      fixture(`${name}/expected.safetensors`),
    );
    const ours = await applied(weights, image!, engine);
    expect(largestDifference(ours.image, imageFeatures!)).toBeLessThan(1e-5);
    expect(largestDifference(ours.text, textFeatures!)).toBeLessThan(1e-5);
    expect(largestDifference(ours.similarity, similarity!)).toBeLessThan(1e-4); // scaled by 14
  },
);

test('the table of byte pairs goes along into our files and back', () => {
  const weights = readWeightsFile(fixture('hf'));
  expect(weights.bytePairs!.pieces.slice(-1)).toEqual(['<|endoftext|>']);
  expect(readWeights(toSafetensors(weights)).bytePairs).toEqual(weights.bytePairs);
  const files = toHuggingFace(weights, { name: 'clip' });
  const original = JSON.parse(readFileSync(tokenizer, 'utf8')) as Record<string, unknown>;
  expect(Object.keys(JSON.parse(files['tokenizer.json'] as string) as object)).toEqual(Object.keys(original));
});

test('a tokenizer of another model is refused', () => {
  const other = fixture('../../../../preprocess/test/fixtures/clip/merges.txt');
  expect(() =>
    readWeightsFile(fixture('hf/model.safetensors'), { tokenizer: fixture('hf/config.json') }),
  ).toThrow(/hf\/config\.json\.merges\.txt must be beside it/);
  expect(readWeightsFile(fixture('hf'), { tokenizer: other }).bytePairs).toEqual(
    readWeightsFile(fixture('hf')).bytePairs,
  );
  const few = { ...readWeightsFile(fixture('hf')).bytePairs!, pieces: ['a'] };
  expect(() => readWeightsFile(fixture('hf'), { bytePairs: few })).toThrow(/bytePairs must be of 825 pieces/);
  expect(() => readWeightsFile(fixture('hf'), { tokenizer: 'nowhere.json' })).toThrow(
    /nowhere\.json must be a file/,
  );
});

test("what transformers' config leaves out is as in OpenAI's ViT-B/32", () => {
  const exact = { hidden_act: 'gelu' };
  const config = (vision: object, text: object) => ({
    model_type: 'clip',
    vision_config: vision,
    text_config: text,
  });
  expect(hintsOf(config({}, {}))).toEqual({
    heads: 12,
    textHeads: 8,
    gelu: 'quick',
    normEpsilon: 1e-5,
    image: { size: 224 },
  });
  expect(hintsOf(config(exact, exact)).gelu).toBe('erf');
  expect(() => hintsOf(config(exact, {}))).toThrow(/hidden_act must be the same.*gelu and quick_gelu/);
});

test('an open_clip model that reads its tokens otherwise is refused', () => {
  const text = { pool_type: 'last', no_causal_mask: true };
  expect(() => hintsOf({ model_cfg: { vision_cfg: { pool_type: 'avg' }, text_cfg: text } })).toThrow(
    /vision_cfg\.pool_type must be tok[^]*text_cfg\.pool_type must be argmax or eos[^]*no_causal_mask must be false/,
  );
});
