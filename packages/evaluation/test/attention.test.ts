import { createRunner } from '@m3ae/compile';
import { type M3aeParams, representM3ae } from '@m3ae/transformer';
import { flattenTree, type NdArray } from '@m3ae/tree';
import { type Tensor, type Tensor2D, type Tensor3D } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { wordPool } from '../src/attention/words.js';
import {
  attendPairs,
  boxedWords,
  attentionMap,
  type AttentionChoice,
  everyHead,
  groupPieces,
  placesOf,
} from '../src/attention.js';
import {
  examples,
  grid,
  largestDifference,
  patches,
  realPieces,
  textLength,
  tinyModel,
} from './support-model.js';

const { config, params, pairs } = tinyModel();
const tokens = 1 + patches + textLength;
const eagerly = createRunner({ engine: 'eager:cpu' });
const choices: AttentionChoice[] = ['last', 'mean', 'rollout', { layer: 1 }, ...everyHead(config)];

/** All attention weights of the encoder: [layer][example][head][row][column]. */
async function weightsOfModel(): Promise<number[][][][][]> {
  const program = eagerly<Record<string, NdArray>>(
    'weights',
    (given: M3aeParams<Tensor>, inputs: typeof inputTypes) => {
      const { activations } = representM3ae(given, config, inputs, { grid });
      return Object.fromEntries(
        Object.entries(activations).filter(([name]) => name.endsWith('attention.weights')),
      );
    },
  );
  const result = await program.run(params, pairs);
  return flattenTree<NdArray>(result).map(([, { data }]) =>
    Array.from({ length: examples }, (_, b) =>
      Array.from({ length: config.heads }, (_h, h) =>
        Array.from({ length: tokens }, (_r, r) =>
          Array.from(
            { length: tokens },
            (_c, c) => data[((b * config.heads + h) * tokens + r) * tokens + c]!,
          ),
        ),
      ),
    ),
  );
}
declare const inputTypes: { patches: Tensor3D; tokenIds: Tensor2D; paddingMask: Tensor2D };

const cells = (of: (row: number, column: number) => number): number[][] =>
  Array.from({ length: tokens }, (_, r) => Array.from({ length: tokens }, (_c, c) => of(r, c)));

/** One map by the definition, one number after the other. */
function slowMap(weights: number[][][][][], example: number, choice: AttentionChoice): number[][] {
  const { depth, heads } = config;
  const meanOver = (layers: number[], which: number[]) =>
    cells((r, c) => {
      let sum = 0;
      for (const layer of layers) for (const head of which) sum += weights[layer]![example]![head]![r]![c]!;
      return sum / (layers.length * which.length);
    });
  const [allLayers, allHeads] = [depth, heads].map((count) => Array.from({ length: count }, (_, i) => i));
  if (choice === 'last') return meanOver([depth - 1], allHeads!);
  if (choice === 'mean') return meanOver(allLayers!, allHeads!);
  if (choice !== 'rollout')
    return meanOver([choice.layer], choice.head === undefined ? allHeads! : [choice.head]);
  // From the last block back to the first: paths of a token, each step staying put with one half.
  let flow = cells((r, c) => (r === c ? 1 : 0));
  for (let layer = depth - 1; layer >= 0; layer--) {
    const step = meanOver([layer], allHeads!);
    const before = flow;
    flow = cells((r, c) => {
      let sum = 0;
      for (let k = 0; k < tokens; k++) sum += before[r]![k]! * (0.5 * step[k]![c]! + (k === c ? 0.5 : 0));
      return sum;
    });
  }
  return flow;
}

test.each(['eager:cpu', 'compiled'] as const)(
  'on %s every choice of map is the one counted out by hand',
  async (engine) => {
    const weights = await weightsOfModel();
    // Of five examples, three at a time: the second batch is filled up.
    const attended = await attendPairs(
      createRunner({ engine, threads: 1 }),
      { config, params, grid },
      pairs,
      {
        choices,
        batchSize: 3,
      },
    );
    expect(attended.map(({ wordToPatches }) => wordToPatches.shape)).toEqual(
      realPieces.map((real) => [choices.length, real, patches]),
    );
    for (const [example, { wordToPatches, patchToWords }] of attended.entries()) {
      const real = realPieces[example]!;
      const places = Array.from({ length: real }, (_, place) => 1 + patches + place);
      const seen = Array.from({ length: patches }, (_, patch) => 1 + patch);
      const maps = choices.map((choice) => slowMap(weights, example, choice));
      const forward = maps.flatMap((map) =>
        places.flatMap((row) => seen.map((column) => map[row]![column]!)),
      );
      const backward = maps.flatMap((map) =>
        seen.flatMap((row) => places.map((column) => map[row]![column]!)),
      );
      expect(largestDifference(wordToPatches.data, forward)).toBeLessThan(2e-6);
      expect(largestDifference(patchToWords.data, backward)).toBeLessThan(2e-6);
    }
  },
);

test('rows of a map sum to one, and no real token looks at padding', async () => {
  for (const choice of choices) {
    const program = eagerly<NdArray>('map', (given: M3aeParams<Tensor>, inputs: typeof inputTypes) =>
      attentionMap(representM3ae(given, config, inputs, { grid }).activations, choice),
    );
    const { data } = await program.run(params, pairs);
    for (let example = 0; example < examples; example++) {
      for (let row = 0; row < 1 + patches + realPieces[example]!; row++) {
        const start = (example * tokens + row) * tokens;
        const values = [...data.subarray(start, start + tokens)];
        expect(values.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 5);
        expect(values.slice(1 + patches + realPieces[example]!).every((value) => value === 0)).toBe(true);
      }
    }
  }
});

test('a word of several pieces is the mean of its pieces, both ways', async () => {
  const runner = eagerly;
  const model = { config, params, grid };
  const pieces = await attendPairs(runner, model, pairs, { choices: ['last', 'rollout'] });
  const words = [[[0, 2], [1]], [[1, 2, 3, 4]], [[0]], [[3], [0, 1, 2]], []];
  const grouped = await attendPairs(runner, model, { ...pairs, words }, { choices: ['last', 'rollout'] });
  for (const [example, list] of words.entries()) {
    const real = realPieces[example]!;
    for (const choice of [0, 1]) {
      for (const [word, places] of list.entries()) {
        for (let patch = 0; patch < patches; patch++) {
          const mean = (value: (place: number) => number) =>
            places.reduce((sum, place) => sum + value(place), 0) / places.length;
          const { wordToPatches: forward, patchToWords: backward } = pieces[example]!;
          const { wordToPatches, patchToWords } = grouped[example]!;
          expect(wordToPatches.data[(choice * list.length + word) * patches + patch]).toBeCloseTo(
            mean((place) => forward.data[(choice * real + place) * patches + patch]!),
            6,
          );
          expect(patchToWords.data[(choice * patches + patch) * list.length + word]).toBeCloseTo(
            mean((place) => backward.data[(choice * patches + patch) * real + place]!),
            6,
          );
        }
      }
    }
  }
});

test('pieces that go on are put together', () => {
  expect(groupPieces(['a', 'gi', '##raf', '##fe', '.'])).toEqual([
    { text: 'a', places: [0] },
    { text: 'giraffe', places: [1, 2, 3] },
    { text: '.', places: [4] },
  ]);
  expect(groupPieces(['##cut', 'off'])).toEqual([
    { text: '##cut', places: [0] },
    { text: 'off', places: [1] },
  ]);
  expect(groupPieces([])).toEqual([]);
});

test('a stretch of a caption finds its pieces, whatever stands around it', () => {
  // A toy tokenizer: each word falls into pieces of two letters, each with a number of its own.
  const encode = (text: string) =>
    text
      .split(' ')
      .filter((word) => word !== '')
      .flatMap((word) =>
        word.match(/.{1,2}/g)!.map((piece) => [...piece].reduce((n, c) => 99 * n + c.charCodeAt(0), 0)),
      );
  const word = fc.stringMatching(/^[a-z]{1,7}$/);
  fc.assert(
    fc.property(
      fc.array(word, { minLength: 1, maxLength: 6 }),
      fc.nat(5),
      fc.nat(5),
      fc.integer({ min: 1, max: 20 }),
      (words, a, b, limit) => {
        const [from, to] = [Math.min(a, b) % words.length, Math.max(a, b) % words.length];
        fc.pre(from <= to);
        const caption = words.join(' ');
        const start = words.slice(0, from).join(' ').length + (from > 0 ? 1 : 0);
        const end = words.slice(0, to + 1).join(' ').length;
        const lengths = words.map((each) => Math.ceil(each.length / 2));
        const sum = (list: number[]) => list.reduce((total, value) => total + value, 0);
        const first = sum(lengths.slice(0, from));
        const expected = Array.from({ length: sum(lengths.slice(from, to + 1)) }, (_, i) => first + i);
        expect(placesOf(encode, caption, [start, end], limit)).toEqual(
          expected.filter((place) => place < limit),
        );
      },
    ),
  );
  expect(() => placesOf(encode, 'red apple', [0, 5], 20)).toThrow(
    'span must be whole words inside the caption of 9 characters; received [0, 5]. Begin and end it between words.',
  );
  expect(() => placesOf(encode, 'red apple', [4, 12], 20)).toThrow('span must be whole words');
});

test('names that the text cuts off are left out together with their boxes', () => {
  const encode = (text: string) =>
    text
      .split(' ')
      .filter(Boolean)
      .map((word) => word.length);
  const parts = [
    { words: [0, 9], box: [0, 0, 8, 8], label: 'red apple' },
    { words: [14, 20], box: [8, 8, 16, 16], label: 'guitar' },
    { words: [25, 30], box: [0, 8, 8, 16], label: 'snail' },
  ] as const;
  const caption = 'red apple and guitar and snail';
  expect(boxedWords(encode, caption, parts, 4)).toEqual({
    words: [[0, 1], [3]],
    boxes: [
      [0, 0, 8, 8],
      [8, 8, 16, 16],
    ],
  });
  expect(boxedWords(encode, caption, parts, 20).words).toEqual([[0, 1], [3], [5]]);
});

test('what cannot be looked at is named, all at once', async () => {
  const run = (change: object, options: object = {}, given: object = params) =>
    attendPairs(eagerly, { config, params: given as never, grid }, { ...pairs, ...change }, options);
  const { textEmbedding: _, ...pictureOnly } = params;
  await expect(run({}, {}, pictureOnly)).rejects.toThrow(
    'params must be those of a model with text; received parameters without textEmbedding. Use a model that was trained with captions.',
  );
  await expect(run({}, { choices: [{ layer: 3 }, { layer: 0, head: 2 }] })).rejects.toThrow(
    'layer must be an integer from 0 to 2; received 3. Layers count from 0, the first block.\n' +
      'head must be an integer from 0 to 1; received 2. Leave it out for the mean over the heads.',
  );
  await expect(run({ words: [[[3]], [], [], [], [[]]] })).rejects.toThrow(
    'words[0][0] must be the places of at least one piece, none of them padding; received [3]. ' +
      'Leave out words that the text cut off.\nwords[4][0] must be',
  );
  const none = Object.fromEntries(
    Object.entries(pairs).map(([name, { shape, data }]) => [
      name,
      { shape: [0, ...shape.slice(1)], data: data.slice(0, 0) },
    ]),
  );
  await expect(run(none)).rejects.toThrow('examples must be at least one pair; received none.');
  await expect(run({ words: [[]] })).rejects.toThrow('words must be lists of 5 examples; received 1.');
  expect(() => attentionMap({}, 'last')).toThrow(
    'activations must be those of representM3ae, with encoder.blocks.0.attention.weights; received none.',
  );
  await expect(run({}, { batchSize: 0 })).rejects.toThrow(
    'batchSize must be a positive integer; received 0.',
  );
});

test('rows of the pool sum to one', () => {
  const { shape, data } = wordPool([[[0, 1, 2], [4]], []], 5);
  expect(shape).toEqual([2, 2, 5]);
  expect([...data].map((value) => Number(value.toFixed(4)))).toEqual([
    0.3333,
    0.3333,
    0.3333,
    0,
    0,
    0,
    0,
    0,
    0,
    1,
    ...new Array<number>(10).fill(0),
  ]);
});
