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
import {
  createImageTokenizer,
  likeliestCodes,
  m3ae,
  type M3aeTensors,
  withCodebook,
  withCodes,
} from '../src/index.js';
import { openImageTokenizer } from '../src/onnx.js';

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

  test('misspelled names of the files of a tokenizer are refused', () => {
    const files = { model: 'encoder.onnx', codeBook: { file: 'book.npy' } };
    expect(() => openImageTokenizer(files, layout)).toThrow(/codeBook .*Did you mean codebook\?/);
    const options = { decode: false } as object;
    expect(() => openImageTokenizer({ model: 'encoder.onnx' }, layout, options)).toThrow(
      /Did you mean decodes\?/,
    );
  });

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

describe('a code book', () => {
  const [rows, dim, batch] = [7, 5, 2];
  const book: NdArray = { shape: [rows, dim], data: normal(key(4), rows * dim) };
  const layout = { size: 4, patchSize: 2, mean: [0, 0, 0], std: [1, 1, 1], codes: rows };
  /** Vectors place by place: [batch, 4, dim]. */
  const vectors = normal(key(5), batch * 4 * dim);
  const laidOut = (axes: 'nchw' | 'nhwc', places: ArrayLike<number>): NdArray => {
    if (axes === 'nhwc') return { shape: [batch, 2, 2, dim], data: Float32Array.from(places) };
    const data = Float32Array.from(
      { length: batch * dim * 4 },
      (_, at) => places[(Math.floor(at / (4 * dim)) * 4 + (at % 4)) * dim + (Math.floor(at / 4) % dim)]!,
    );
    return { shape: [batch, dim, 2, 2], data };
  };
  const pictures: NdArray = { shape: [batch, 3, 4, 4], data: new Float32Array(batch * 48) };

  test.each(['nchw', 'nhwc'] as const)(
    'gives the entry with the least distance, and back: %s',
    async (axes) => {
      const fed: NdArray[] = [];
      const halves = withCodebook(
        {
          encode: async () => laidOut(axes, vectors),
          decode: async (input) => (fed.push(input), pictures),
          takes: 'vectors',
        },
        book,
        { ...layout, axes },
      );
      const ids = await halves.encode(pictures);
      expect(ids.shape).toEqual([batch, 2, 2]);
      const distance = (place: number, code: number) =>
        Math.hypot(
          ...Array.from({ length: dim }, (_, at) => vectors[place * dim + at]! - book.data[code * dim + at]!),
        );
      const nearest = Array.from({ length: batch * 4 }, (_, place) => {
        const all = Array.from({ length: rows }, (_, code) => distance(place, code));
        return all.indexOf(Math.min(...all));
      });
      expect([...ids.data]).toEqual(nearest);
      await halves.decode!(ids);
      const entries = nearest.flatMap((code) => [...book.data.subarray(code * dim, (code + 1) * dim)]);
      expect(fed).toEqual([laidOut(axes, entries)]);
    },
  );

  test('of equal entries the first, codes for a decoder that takes them, patches where there is none', async () => {
    const patches: NdArray = { shape: [3, 12], data: new Float32Array(36).fill(0.25, 12) };
    const three = { ...layout, codes: 3 };
    const encode = async () => ({ shape: [1, 12, 2, 2], data: new Float32Array(48).fill(1) });
    const halves = withCodebook({ encode }, patches, three);
    const ids = await halves.encode(pictures);
    expect([...ids.data]).toEqual([1, 1, 1, 1]);
    const tokenizer = createImageTokenizer(halves, three);
    const own = { shape: [1, 4, 12], data: normal(key(6), 48).map((value) => Math.abs(value) % 1) };
    const each: NdArray = { shape: [4, 12], data: own.data };
    const ordered = createImageTokenizer(withCodebook({ encode }, each, { ...layout, codes: 4 }), {
      ...layout,
      codes: 4,
    });
    const decoded = await ordered.decode({ shape: [1, 4], data: Int32Array.of(0, 1, 2, 3) });
    decoded.data.forEach((value, at) => expect(value).toBeCloseTo(own.data[at]!, 6));
    expect((await tokenizer.decode({ shape: [1, 4], data: ids.data })).data[0]).toBe(0.25);
    const seen: NdArray[] = [];
    const decode = async (input: NdArray) => (seen.push(input), pictures);
    await withCodebook({ encode, decode }, patches, three).decode!(ids);
    expect(seen).toEqual([ids]);
  });

  test('a book of another size, or vectors of another width, are refused', async () => {
    const encode = async () => ({ shape: [1, 2, 2, 6], data: new Float32Array(24) });
    expect(() => withCodebook({ encode }, book, { ...layout, codes: 8 })).toThrow(/codebook.*8 rows/);
    await expect(withCodebook({ encode }, book, layout).encode(pictures)).rejects.toThrow(/latents/);
  });
});
