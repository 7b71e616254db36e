import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { AttendedPair, AttendOptions, PairedExamples } from '@m3ae/evaluation/attention';
import { createProgress } from '@m3ae/logging';
import { resolveConfig } from '../src/config/resolve.js';
import { measurePointing, type Pointing } from '../src/evaluation/attention-scenes.js';
import type { OpenedRun } from '../src/evaluation/open-run.js';
import type { ScenesPart } from '../src/run/sources.js';
import { savedVocabulary } from '../src/run/vocabulary.js';

/** Pixels of the model's picture and of a patch; drawings have twice the side. */
const [size, patch, drawn] = [32, 8, 64];
const side = size / patch;
const planted = vi.hoisted(() => ({ parts: [] as ScenesPart[], calls: 0 }));

vi.mock('../src/run/sources.js', async (original) => {
  const sources = await original<typeof import('../src/run/sources.js')>();
  const openSceneParts: typeof sources.openSceneParts = async (...args) => {
    const found = await sources.openSceneParts(...args);
    planted.parts = [found.validation, found.unseenDrawing, found.unseenEmoji];
    return found;
  };
  return { ...sources, openSceneParts };
});

// Instead of a model: head 0 of block 1 looks at the thing that the word names, on scenes of unseen drawings at the
// next thing; all else is even.
vi.mock('@m3ae/evaluation/attention', async (original) => ({
  ...(await original<object>()),
  attendPairs: async (
    _engine: unknown,
    _model: unknown,
    { words }: PairedExamples,
    options: AttendOptions,
  ) => {
    const part = planted.parts[planted.calls++]!;
    return words!.map((list, scene) => plant(part, scene, list.length, options.choices!));
  },
}));

/** The patch whose centre lies in a box of the drawing; found by trying all. */
function patchIn([left, top, right, bottom]: readonly [number, number, number, number]): number {
  for (let at = 0; at < side * side; at++) {
    const [x, y] = [at % side, Math.floor(at / side)].map((place) => ((place + 0.5) * patch * drawn) / size);
    if (x! > left && x! < right && y! > top && y! < bottom) return at;
  }
  throw new Error('no patch has its centre in the box');
}

function plant(
  part: ScenesPart,
  scene: number,
  words: number,
  choices: NonNullable<AttendOptions['choices']>,
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

const folder = mkdtempSync(join(tmpdir(), 'm3ae-pointing-'));
const source = { kind: 'emoji', cacheFolder: join(folder, 'cache'), size: drawn, vendors: ['emojione'] };
const config = resolveConfig({
  data: { source, workers: 0 },
  image: { size, patchSize: patch },
  text: { maxLength: 40 },
  model: { embedDim: 8, depth: 2, heads: 2 },
  train: { steps: 1 },
});
const run = {
  config,
  folder,
  model: { depth: 2, heads: 2 },
  params: {},
  vocabulary: savedVocabulary(null),
  statistics: { mean: [0, 0, 0], std: [1, 1, 1] },
} as unknown as OpenedRun;

let found: Pointing;
beforeAll(async () => {
  const output = { write: () => {} };
  const progress = createProgress({ output, clock: () => 0, quiet: true });
  found = await measurePointing(run, { scenes: 30, pictures: 2, wanted: undefined }, progress);
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
  const { indices, dataset } = planted.parts[2]!;
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
