import { mkdtempSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { key } from '@m3ae/random';
import { centerCrop, resize, resizeShorterSide } from '@m3ae/preprocess';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Box, boxInView, createLoader, joinDatasets } from '@m3ae/datasets';
import { messageOfRejection } from '../../datasets/test/temporary.js';
import { workerFromSource } from '../../datasets/test/worker-from-source.js';
import {
  emojiGroups,
  emojiOf,
  openEmoji,
  openEmojiSplits,
  openScenes,
  openSceneSplits,
  scenesOf,
  type SceneSpec,
} from '../src/index.js';
import { drawLayout, type SceneContent } from '../src/scenes/layout.js';

const worker = workerFromSource();
const cacheFolder = mkdtempSync(join(tmpdir(), 'm3ae-scenes-'));
afterAll(() => rm(cacheFolder, { recursive: true, force: true }));

const base = { kind: 'scenes', cacheFolder, vendors: ['emojione'], size: 24, length: 60 } as const;
const open = (change: Partial<SceneSpec> = {}) => openScenes({ ...base, ...change });
const numbers = Array.from({ length: base.length }, (_, index) => index);
// Renders once; the tests below then read the cache.
beforeAll(async () => void (await open()), 60_000);

const disjoint = (a: Box, b: Box): boolean => a[2] <= b[0] || b[2] <= a[0] || a[3] <= b[1] || b[3] <= a[1];

test('boxes lie inside, never overlap, and have the sides that were asked for, whatever the options', () => {
  const record = (index: number) => ({ label: `emoji ${index}`, baseCodePoints: `${index}`, tags: [] });
  const options = fc.record({
    seed: fc.nat(),
    size: fc.integer({ min: 16, max: 96 }),
    parts: fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 })),
    shares: fc.tuple(
      fc.double({ min: 0.1, max: 0.5, noNaN: true }),
      fc.double({ min: 0.1, max: 0.5, noNaN: true }),
    ),
  });
  const counts = new Set<number>();
  fc.assert(
    fc.property(options, ({ seed, size, parts, shares }) => {
      const side = shares.map((share) => Math.floor(share * size)).sort((a, b) => a - b) as [number, number];
      const content = {
        key: key(seed),
        size,
        parts: [...parts].sort() as [number, number],
        side,
        softBackground: 0.5,
        records: Array.from({ length: 9 }, (_, index) => record(index)),
      } as unknown as SceneContent;
      const layout = drawLayout(content, seed % 1000);
      counts.add(layout.parts.length);
      expect(layout.parts.length).toBeGreaterThanOrEqual(content.parts[0]);
      expect(layout.parts.length).toBeLessThanOrEqual(content.parts[1]);
      for (const [at, { box }] of layout.parts.entries()) {
        const [left, top, right, bottom] = box;
        expect(right - left).toBe(bottom - top);
        expect(right - left).toBeGreaterThanOrEqual(side[0]);
        expect(right - left).toBeLessThanOrEqual(side[1]);
        expect(Math.min(left, top)).toBeGreaterThanOrEqual(0);
        expect(Math.max(right, bottom)).toBeLessThanOrEqual(size);
        expect(layout.parts.slice(at + 1).every((other) => disjoint(box, other.box))).toBe(true);
      }
      expect(new Set(layout.parts.map(({ drawing }) => drawing)).size).toBe(layout.parts.length);
    }),
    { numRuns: 400 },
  );
  expect(counts).toEqual(new Set([1, 2, 3, 4]));
});

test('the words of a part name it, and all words belong to a part or stand between two', async () => {
  for (const change of [{}, { separator: ', ', tags: 2, tagSeparator: '/' }] as const) {
    const scenes = await open(change);
    for (const index of numbers) {
      const caption = scenes.caption(index);
      const { parts } = scenes.scene(index);
      const named = parts.map(({ words: [start, end] }) => caption.slice(start, end));
      const tags = 'tags' in change ? 2 : 0;
      expect(named).toEqual(parts.map(({ label, entry }) => [label, ...entry.tags.slice(0, tags)].join('/')));
      expect(named.join('separator' in change ? ', ' : ' and ')).toBe(caption);
      expect(new Set(parts.map(({ entry }) => entry.baseCodePoints)).size).toBe(parts.length);
      expect(parts.every(({ label }) => label.split(/[\s-]+/).length <= 3)).toBe(true);
    }
  }
});

// The slow way: every pixel asks every box whose drawing it shows; drawings come from the emoji pairs themselves.
test('a picture is its background with each drawing, scaled, in its box', async () => {
  const scenes = await open({ softBackground: 0.5 });
  const emoji = await openEmoji({ kind: 'emoji', cacheFolder, vendors: base.vendors, size: base.size });
  const backgrounds = new Set<boolean>();
  for (const index of numbers.slice(0, 20)) {
    const { background, parts } = scenes.scene(index);
    backgrounds.add(background.every((value) => value === 255));
    expect(Math.min(...background)).toBeGreaterThanOrEqual(208);
    const drawn = await Promise.all(
      parts.map(async ({ entry, box }) => {
        const row = emoji.records.findIndex(
          (record) => record.codePoints === entry.codePoints && record.vendor === entry.vendor,
        );
        return resize(await emoji.image(row), { width: box[2] - box[0], height: box[3] - box[1] });
      }),
    );
    const { data, width, height, channels } = await scenes.image(index);
    expect([width, height, channels]).toEqual([base.size, base.size, 3]);
    const expected = Array.from({ length: width * height * 3 }, (_, at) => {
      const [x, y, channel] = [Math.floor(at / 3) % width, Math.floor(at / 3 / width), at % 3];
      const part = parts.findIndex(({ box }) => x >= box[0] && x < box[2] && y >= box[1] && y < box[3]);
      if (part < 0) return background[channel]!;
      const [left, top, right] = parts[part]!.box;
      const value = drawn[part]!.data[((y - top) * (right - left) + (x - left)) * 3 + channel]!;
      return Math.round((value * background[channel]!) / 255);
    });
    expect(Array.from(data)).toEqual(expected);
  }
  expect(backgrounds).toEqual(new Set([true, false]));
});

test('scenes follow from seed, split and number alone', async () => {
  const [once, again, longer] = [await open(), await open(), await open({ length: 500 })];
  expect(once.fingerprint).toBe(again.fingerprint);
  expect(longer.fingerprint).not.toBe(once.fingerprint);
  for (const index of [59, 0, 17]) {
    expect(again.scene(index)).toEqual(once.scene(index));
    expect(longer.scene(index)).toEqual(once.scene(index));
    expect(await longer.image(index)).toEqual(await once.image(index));
  }
  const captions = (scenes: { caption(index: number): string }) =>
    numbers.map((index) => scenes.caption(index));
  expect(new Set(captions(once)).size).toBe(base.length);
  expect(captions(await open({ seed: 1 }))).not.toEqual(captions(once));
  expect((await open({ seed: 1 })).fingerprint).not.toBe(once.fingerprint);
});

test.each(['train', 'drawingTest', 'drawingValidation', 'test', 'validation'] as const)(
  'scenes of %s hold drawings of that part alone',
  async (split) => {
    const scenes = await open({ split });
    const entries = numbers.flatMap((index) => scenes.scene(index).parts.map(({ entry }) => entry));
    expect(new Set(entries.map((entry) => entry.split))).toEqual(new Set([split]));
    expect(scenes.name).toBe(`scenes/${split}`);
    const boxes = (from: typeof scenes) =>
      numbers.map((index) => from.scene(index).parts.map(({ box }) => box));
    // Places are drawn anew too, for each part.
    const same = JSON.stringify(boxes(scenes)) === JSON.stringify(boxes(await open()));
    expect(same).toBe(split === 'train');
  },
);

test('a place in the caption does not tell of a place in the picture', async () => {
  const scenes = await open({ length: 2000, parts: [4, 4] });
  const distance = ([left, top, right, bottom]: Box): number =>
    Math.hypot((left + right) / 2 - base.size / 2, (top + bottom) / 2 - base.size / 2);
  const all = Array.from({ length: 2000 }, (_, index) =>
    scenes.scene(index).parts.map(({ box }) => distance(box)),
  );
  const means = [0, 1, 2, 3].map((at) => all.reduce((sum, row) => sum + row[at]!, 0) / all.length);
  const deviation = Math.sqrt(
    all.flat().reduce((sum, value) => sum + (value - means[0]!) ** 2, 0) / (4 * 2000),
  );
  // Five standard errors of a difference of two means.
  const limit = 5 * deviation * Math.sqrt(2 / 2000);
  expect(Math.max(...means) - Math.min(...means)).toBeLessThan(limit);
});

test('no worker and two workers give the same batches; scenes and emoji as one dataset too', async () => {
  const emoji = {
    kind: 'emoji',
    cacheFolder,
    vendors: base.vendors,
    size: base.size,
    shuffleTags: true,
  } as const;
  const joined = joinDatasets([await openEmoji({ ...emoji, dropTags: 0.3 }), await open()]);
  const [first, second] = [await openEmoji(emoji), await open()];
  expect(joined.length).toBe(first.length + second.length);
  expect(joined.labels).toBeUndefined();
  const options = {
    image: { size: 16, patchSize: 8 },
    text: { maxLength: 20 },
    key: key(3),
    workerFile: worker.file,
  };
  for (const source of [second, joined]) {
    const request = { step: 4, indices: Int32Array.of(5, source.length - 1, 7, source.length - 9) };
    const [here, there] = [0, 2].map((workers) => createLoader(source, { ...options, workers }));
    expect(await there!.load(request)).toEqual(await here!.load(request));
    await Promise.all([here!.close(), there!.close()]);
  }
  const place = first.length + 11;
  expect(joined.caption(place)).toBe(second.caption(11));
  expect(joined.describe(place)).toBe(`scenes/train 12 (${second.caption(11)})`);
  expect(await joined.image(place)).toEqual(await second.image(11));
  expect(await joined.image(first.length - 1)).toEqual(await first.image(first.length - 1));
});

test('groups choose which emoji stand in scenes; their order does not matter', async () => {
  const { groups: names } = JSON.parse(
    readFileSync(createRequire(import.meta.url).resolve('emojibase-data/meta/groups.json'), 'utf8'),
  ) as { groups: Record<string, string> };
  expect(emojiGroups).toEqual(Object.values(names));
  const wanted = ['food-drink', 'animals-nature'] as const;
  const scenes = await open({ groups: wanted });
  const found = new Set(numbers.flatMap((at) => scenes.scene(at).parts.map(({ entry }) => entry.group)));
  expect([...found].map((group) => names[group]).sort()).toEqual([...wanted].sort());
  expect((await open({ groups: [...wanted].reverse() })).fingerprint).toBe(scenes.fingerprint);
  expect((await open({ groups: emojiGroups })).fingerprint).toBe((await open()).fingerprint);
  expect(scenes.fingerprint).not.toBe((await open()).fingerprint);
});

describe('boxInView', () => {
  test('a mark in a picture lies where the mapped box says, in the view that evaluation takes', () => {
    const sizes = fc.tuple(fc.integer({ min: 40, max: 90 }), fc.integer({ min: 40, max: 90 }));
    fc.assert(
      fc.property(sizes, fc.integer({ min: 24, max: 60 }), ([width, height], viewSize) => {
        const box: Box = [width / 2 - 8, height / 2 - 8, width / 2 + 8, height / 2 + 8].map(
          Math.round,
        ) as never;
        const data = new Uint8Array(width * height * 3);
        for (let y = box[1]; y < box[3]; y++)
          data.fill(255, (y * width + box[0]) * 3, (y * width + box[2]) * 3);
        const picture = { width, height, channels: 3 as const, data };
        const view = centerCrop(resizeShorterSide(picture, viewSize), viewSize);
        const bright = Array.from({ length: viewSize * viewSize }, (_, at) => at).filter(
          (at) => view.data[at * 3]! > 127,
        );
        const [xs, ys] = [bright.map((at) => at % viewSize), bright.map((at) => Math.floor(at / viewSize))];
        const mapped = boxInView(box, picture, viewSize);
        const seen = [Math.min(...xs), Math.min(...ys), Math.max(...xs) + 1, Math.max(...ys) + 1];
        mapped.forEach((edge, at) => expect(Math.abs(edge - seen[at]!)).toBeLessThan(1));
      }),
      { numRuns: 60 },
    );
  });

  test('is clipped to the view; a square picture is only scaled', () => {
    expect(boxInView([32, 0, 64, 32], { width: 64, height: 64 }, 48)).toEqual([24, 0, 48, 24]);
    expect(boxInView([0, 0, 60, 60], { width: 180, height: 60 }, 60)).toEqual([0, 0, 0, 60]);
  });
});

describe('bad input', () => {
  test('all faults are reported at once, with the nearest name', async () => {
    const bad = {
      groups: ['animals'],
      length: 0,
      part: [1, 2],
      parts: [2, 5],
      side: [0.3, 0.8],
      softBackground: 2,
      split: 'all',
      separator: '',
    };
    const message = await messageOfRejection(open(bad as never));
    expect(message.split('\n')).toEqual([
      'part must be a known option; received part. Did you mean parts?',
      'split must be one of train, validation, test, drawingValidation, drawingTest, flags, openmoji; received all. Train on "train"; measure on "drawingTest" and "test".',
      'length must be a positive integer; received 0. Pass a number of scenes, e.g. 20000.',
      'groups must be a list of smileys-emotion, people-body, component, animals-nature, food-drink, travel-places, activities, objects, symbols, flags; received [animals]. Leave it out for all of them.',
      'parts must be two rising integers from 1 to 4; received [2, 5]. Write e.g. [2, 4].',
      'side must be two rising shares from 0.1 to 0.5; received [0.3, 0.8]. Write e.g. [0.3, 0.5].',
      'softBackground must be in [0, 1]; received 2. Write one half as 0.5; 0 is always white.',
      'separator must be a non-empty string; received "". Write e.g. " and ".',
    ]);
  });

  test('too few emoji and an index outside are refused', async () => {
    await expect(open({ split: 'flags', maxNameWords: 1 })).rejects.toThrow(
      /^Scenes of 4 emoji need as many different ones; .* have 0 in the split flags with names of at most 1 word\. Add vendors, or raise maxNameWords\.$/,
    );
    await expect(open({ groups: ['component'] })).rejects.toThrow(
      /words, of component\. Add vendors or groups, or raise maxNameWords\.$/,
    );
    const scenes = await open();
    expect(() => scenes.scene(60)).toThrow('index must be an integer from 0 to 59; received 60.');
    await expect(scenes.image(-1)).rejects.toThrow('index must be an integer from 0 to 59; received -1.');
  });
});

test('a model of scenes is measured on the emoji of a model of emoji, and attention on what neither has seen', async () => {
  const alone = await openEmojiSplits({ kind: 'emoji', cacheFolder, vendors: ['emojione'], size: 24 });
  const ofScenes = await openEmojiSplits(base);
  expect(alone.labeled).toBe(alone.train);
  expect([ofScenes.train.dataset.name, ofScenes.train.indices.length]).toEqual(['scenes/train', base.length]);
  const prints = ({ labeled, validation, tests }: typeof alone) =>
    [labeled, validation, ...tests].map((split) => split!.dataset.fingerprint);
  expect(prints(ofScenes)).toEqual(prints(alone));
  const parts = await openSceneSplits(scenesOf(emojiOf(base)), 20);
  const seen = Object.values(parts).map(({ name, indices, dataset }) => [
    name,
    indices.length,
    ...new Set(Array.from(indices, (index) => dataset.scene(index).parts[0]!.entry.split)),
  ]);
  expect(seen).toEqual([
    ['scenesValidation', 20, 'drawingValidation'],
    ['scenesUnseenDrawing', 20, 'drawingTest'],
    ['scenesUnseenEmoji', 20, 'test'],
  ]);
});
