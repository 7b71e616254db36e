import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRunner } from '@m3ae/compile';
import { createTokenizer } from '@m3ae/preprocess';
import { key } from '@m3ae/random';
import { openScenes, type SceneDataset } from '@m3ae/sample-datasets';
import { initM3ae, resolveM3aeConfig } from '@m3ae/transformer';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AttendedPair } from '../src/attention.js';
import type { AttentionChoice } from '../src/attention/attention-map.js';
import { type OpenedModel, type ScenesSplit, type ScoredScenes, scoreScenes } from '../src/model.js';

/** Pixels of the model's picture and of a patch; drawings have twice the side. */
const [size, patch, drawn] = [32, 8, 64];
const side = size / patch;

/** Scenes of one split. */
type Planted = ScenesSplit & { readonly dataset: SceneDataset };

/** The patch whose centre lies in a box of the drawing; found by trying all. */
function patchIn([left, top, right, bottom]: readonly [number, number, number, number]): number {
  for (let at = 0; at < side * side; at++) {
    const [x, y] = [at % side, Math.floor(at / side)].map((place) => ((place + 0.5) * patch * drawn) / size);
    if (x! > left && x! < right && y! > top && y! < bottom) return at;
  }
  throw new Error('no patch has its centre in the box');
}

/**
 * Attention that stands for a model's: head 0 of block 1 looks at the thing that the word names, on scenes of unseen
 * drawings at the next thing; all else is even.
 */
function plant(
  part: Planted,
  scene: number,
  words: number,
  choices: readonly AttentionChoice[],
): AttendedPair {
  const boxes = part.dataset.scene(part.indices[scene]!).parts.map(({ box }) => box);
  expect(words).toBe(boxes.length);
  const shape = [choices.length, words, side * side];
  const toPatches = new Float32Array(choices.length * words * side * side).fill(1 / side ** 2);
  const step = part.name === 'scenesUnseenDrawing' ? 1 : 0;
  const chosen = choices.findIndex((one) => typeof one !== 'string' && one.layer === 1 && one.head === 0);
  for (let word = 0; word < words; word++) {
    const start = (chosen * words + word) * side * side;
    toPatches.fill(0, start, start + side * side);
    toPatches[start + patchIn(boxes[(word + step) % words]!)] = 1;
  }
  const toWords = new Float32Array(toPatches.length).fill(1 / words);
  return {
    wordToPatches: { shape, data: toPatches },
    patchToWords: { shape: [choices.length, side * side, words], data: toWords },
  };
}

const folder = mkdtempSync(join(tmpdir(), 'm3ae-scenes-'));
const config = resolveM3aeConfig({ patchSize: patch, vocabSize: 30522, embedDim: 8, depth: 2, heads: 2 });
const model: OpenedModel = {
  kind: 'm3ae',
  config,
  params: initM3ae(key(0), config),
  name: 'a model',
  weights: '',
  image: { size, patchSize: patch, mean: [0, 0, 0], std: [1, 1, 1], normalizeTargets: false },
  text: { maxLength: 40, tokenizer: 'bert', words: createTokenizer() },
};

async function open(split: 'drawingValidation' | 'drawingTest' | 'test', name: string): Promise<Planted> {
  const cacheFolder = join(folder, 'cache');
  const spec = { kind: 'scenes' as const, cacheFolder, size: drawn, vendors: ['emojione' as const], split };
  const dataset = await openScenes({ ...spec, length: 30 });
  return { name, title: name, note: '', dataset, indices: Int32Array.from({ length: 30 }, (_, at) => at) };
}

let [found, planted] = [{} as ScoredScenes, [] as Planted[]];
beforeAll(async () => {
  planted = [
    await open('drawingValidation', 'scenesValidation'),
    await open('drawingTest', 'scenesUnseenDrawing'),
    await open('test', 'scenesUnseenEmoji'),
  ];
  const [validation, ...tests] = planted as [Planted, ...Planted[]];
  let calls = 0;
  found = await scoreScenes(
    model,
    { validation, tests },
    {
      runner: createRunner(),
      pictures: 2,
      key: key(11),
      async attend({ words }, choices) {
        const split = planted[calls++]!;
        return words.map((list, scene) => plant(split, scene, list.length, choices));
      },
    },
  );
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('the map is chosen on the validation scenes alone, and told of the others as it is there', () => {
  const { map, validation, pointing, layers } = found.results;
  expect(map).toMatchObject({ name: 'block 1, head 0', direction: 'wordToPatches' });
  expect(validation!.accuracy).toEqual({ value: 1, low: 1, high: 1 });
  expect(pointing!.accuracy).toEqual({ value: 0, low: 0, high: 0 }); // it looks at the next thing there
  expect(pointing!.difference!.value).toBeLessThan(-0.3);
  expect(layers.filter(({ accuracy }) => accuracy.value === 1).map(({ name }) => name)).toEqual([map.name]);
});

/** Share of the hit patch that the box covers. */
function covered(box: readonly [number, number, number, number]): number {
  const [column, row] = [patchIn(box) % side, Math.floor(patchIn(box) / side)];
  const along = (place: number, low: number, high: number) =>
    Math.min((place + 1) * patch, (high * size) / drawn) - Math.max(place * patch, (low * size) / drawn);
  return (along(column, box[0], box[2]) * along(row, box[1], box[3])) / patch ** 2;
}

const meanOf = (values: readonly number[]) => values.reduce((sum, one) => sum + one, 0) / values.length;

test('words, boxes and patches belong together: the right one is hit, those of other words never', () => {
  const { best, last } = found.results.parts.scenesUnseenEmoji!;
  const { indices, dataset } = planted[2]!;
  const boxes = Array.from(indices, (index) => dataset.scene(index).parts.map(({ box }) => box)).flat();
  expect([best.scenes, best.words, best.accuracy.value]).toEqual([30, boxes.length, 1]);
  expect(best.control!.value).toBe(0);
  expect(best.inside.value).toBeCloseTo(meanOf(boxes.map(covered)), 5);
  // An even map is right as often as there are centres of patches in the box, left and top edges included.
  const centres = (low: number, high: number) =>
    Array.from({ length: side }, (_, at) => ((at + 0.5) * patch * drawn) / size).filter(
      (centre) => centre >= low && centre < high,
    ).length;
  const chance = meanOf(boxes.map(([l, t, r, b]) => (centres(l, r) * centres(t, b)) / side ** 2));
  expect(best.chance).toBeCloseTo(chance, 6);
  expect(last.accuracy.value).toBeCloseTo(chance, 6);
});
