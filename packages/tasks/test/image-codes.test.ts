import { createRunner } from '@m3ae/compile';
import type { Loader } from '@m3ae/datasets';
import { planFromNoise } from '@m3ae/masking';
import { key, normal, randomInteger } from '@m3ae/random';
import { applyM3ae, type M3aeParams, resolveM3aeConfig } from '@m3ae/transformer';
import { lossGradients } from '@m3ae/training';
import type { NdArray, Tree } from '@m3ae/tree';
import type { Tensor } from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { InvalidInput } from '@m3ae/errors';
import { createImageTokenizer, likeliestCodes, m3ae, type M3aeTensors, withCodes } from '../src/index.js';

const codes = 5;
const model = resolveM3aeConfig({
  embedDim: 8,
  depth: 1,
  heads: 2,
  decoderDim: 8,
  decoderDepth: 1,
  decoderHeads: 2,
  patchSize: 2,
  vocabSize: 11,
  imageOutputDim: codes,
});
const patches: NdArray = { shape: [2, 4, 12], data: normal(key(1), 2 * 4 * 12) };
const imageIds: NdArray = { shape: [2, 4], data: randomInteger(key(2), 8, 0, codes) };
const indices = Int32Array.of(0, 1);

describe('codes instead of pixels', () => {
  const eagerly = createRunner({ engine: 'eager:cpu' });
  const imagePlan = planFromNoise(Float32Array.of(0.1, 0.9, 0.4, 0.6), 1, 4, 0.5);

  test.each([false, true])(
    'cross-entropy and accuracy over hidden patches, or all: %s',
    async (imageAllTokens) => {
      const task = m3ae({ model, loss: { imageAllTokens } });
      const params = task.init(key(3)) as M3aeParams<NdArray>;
      const program = eagerly<{ metrics: Record<string, NdArray>; logits: NdArray }>(
        'codes',
        (tensors: Tree<Tensor>, batch: M3aeTensors) => ({
          metrics: lossGradients(task, tensors, batch).metrics,
          logits: applyM3ae(tensors as M3aeParams<Tensor>, model, batch).output.image!,
        }),
      );
      const { metrics, logits } = await program.run(params, { patches, imagePlan, imageIds });
      // The slow way, from the same logits.
      let [loss, right, counted] = [0, 0, 0];
      for (let place = 0; place < 8; place++) {
        if (!imageAllTokens && imagePlan.mask.data[place % 4] !== 1) continue;
        const own = Array.from(logits.data.subarray(place * codes, (place + 1) * codes));
        const id = imageIds.data[place]!;
        loss += Math.log(own.reduce((sum, value) => sum + Math.exp(value), 0)) - own[id]!;
        if (own.indexOf(Math.max(...own)) === id) right++;
        counted++;
      }
      expect(counted).toBe(imageAllTokens ? 8 : 4);
      expect(metrics.imageLoss!.data[0]).toBeCloseTo(loss / counted, 5);
      expect(metrics.imageAccuracy!.data[0]).toBeCloseTo(right / counted, 6);
      expect(likeliestCodes(logits).shape).toEqual([2, 4]);
    },
  );

  test('a model of codes needs codes, and one of pixels takes none', () => {
    const draw = { step: 0, key: key(0) };
    const pictures = { patches, indices };
    expect(() => m3ae({ model }).collate({ pictures }, draw)).toThrow(InvalidInput);
    const { imageOutputDim: _, ...pixels } = model;
    const coded = { pictures: { ...pictures, imageIds } };
    expect(() => m3ae({ model: pixels }).collate(coded, draw)).toThrow(InvalidInput);
    expect(m3ae({ model }).collate(coded, draw).imageIds).toBe(imageIds);
  });
});

describe('an image tokenizer', () => {
  const layout = { size: 4, patchSize: 2, mean: [0.5, 0.4, 0.3], std: [0.1, 0.2, 0.3], codes };
  /** Pictures whose value at a place tells the place: [height, width, channels] in [0, 1]. */
  const pixel = (row: number, column: number, channel: number) => (row * 12 + column * 3 + channel) / 48;
  const normalized: NdArray = {
    shape: [1, 4, 12],
    data: Float32Array.from({ length: 48 }, (_, at) => {
      const [patch, inside] = [Math.floor(at / 12), at % 12];
      const row = 2 * Math.floor(patch / 2) + Math.floor(inside / 6);
      const column = 2 * (patch % 2) + Math.floor((inside % 6) / 3);
      const channel = at % 3;
      return (pixel(row, column, channel) - layout.mean[channel]!) / layout.std[channel]!;
    }),
  };

  test.each([
    ['nchw', [1, 3, 4, 4], (channel: number, row: number, column: number) => channel * 16 + row * 4 + column],
    ['nhwc', [1, 4, 4, 3], (channel: number, row: number, column: number) => row * 12 + column * 3 + channel],
  ] as const)(
    'sees pictures in its own order and range, and gives them back: %s',
    async (axes, shape, place) => {
      const seen: NdArray[] = [];
      const tokenizer = createImageTokenizer(
        {
          encode: async (pictures) => {
            seen.push(pictures);
            return { shape: [1, 2, 2], data: Int32Array.of(0, 1, 2, 4) };
          },
          decode: async () => seen[0]!,
        },
        { ...layout, axes, range: [-1, 1] },
      );
      const ids = await tokenizer.encode(normalized);
      expect(ids).toEqual({ shape: [1, 4], data: Int32Array.of(0, 1, 2, 4) });
      expect(seen[0]!.shape).toEqual(shape);
      for (const [channel, row, column] of [
        [0, 0, 0],
        [2, 1, 3],
        [1, 3, 2],
      ] as const)
        expect(seen[0]!.data[place(channel, row, column)]).toBeCloseTo(
          2 * pixel(row, column, channel) - 1,
          6,
        );
      const decoded = await tokenizer.decode(ids);
      expect(decoded.shape).toEqual(normalized.shape);
      decoded.data.forEach((value, at) => expect(value).toBeCloseTo(normalized.data[at]!, 5));
    },
  );

  test.each([
    [Int32Array.of(0, 1), /one a patch/],
    [Int32Array.of(0, 1, 2, 5), /from 0 to 4/],
    [Float32Array.of(0, 1, 2, 0.5), /integers/],
  ])('ids that fit no patches or no code book are refused', async (data, words) => {
    const tokenizer = createImageTokenizer({ encode: async () => ({ shape: [1, 2, 2], data }) }, layout);
    await expect(tokenizer.encode(normalized)).rejects.toThrow(words);
    await expect(tokenizer.decode({ shape: [1, 4], data })).rejects.toThrow(InvalidInput);
  });

  test('stands behind a loader', async () => {
    const batch = { patches, indices };
    const loader = {
      load: async () => batch,
      async *stream() {
        yield batch;
      },
    } as unknown as Loader; // nothing else of it is asked for
    const coded = withCodes(loader, { encode: async () => imageIds });
    expect(await coded.load({ step: 0, indices })).toEqual({ ...batch, imageIds });
    for await (const each of coded.stream([])) expect(each.imageIds).toBe(imageIds);
  });
});
