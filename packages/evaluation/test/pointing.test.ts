import { key } from '@m3ae/random';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type AttendedPair,
  type Box,
  everyHead,
  type PointingOptions,
  type PointingScene,
  pointingScore,
  pointingTable,
} from '../src/attention.js';
import { pointingScenes } from '../src/attention/pointing/pointing-table.js';
import { largestDifference } from './support-model.js';

// 4 x 4 patches of 8 pixels.
const options: PointingOptions = { grid: [4, 4], width: 32, height: 32, key: key(3), resamples: 200 };
const corners: Box[] = [
  [0, 0, 16, 16],
  [16, 0, 32, 16],
  [0, 16, 16, 32],
  [16, 16, 32, 32],
];

const even = new Array<number>(16).fill(1 / 16);
const wholeBox = fc
  .tuple(fc.nat(31), fc.nat(31), fc.integer({ min: 1, max: 32 }), fc.integer({ min: 1, max: 32 }))
  .map(([left, top, width, height]): Box => [
    left,
    top,
    Math.min(32, left + width),
    Math.min(32, top + height),
  ]);
const someMap = fc
  .array(fc.integer({ min: 0, max: 9 }), { minLength: 16, maxLength: 16 })
  .filter((values) => values.some((value) => value > 0));
const someScene = fc.record({
  words: fc.array(fc.record({ map: someMap, box: wholeBox }), { minLength: 0, maxLength: 4 }),
});

/** All mass on one patch. */
const only = (patch: number) => even.map((_, at) => (at === patch ? 1 : 0));
/** Patches in the middle of the four corners of {@link corners}. */
const inCorner = [0, 2, 8, 10];

test('maps that see the right thing score one; on the wrong boxes, nothing', () => {
  const scenes = Array.from({ length: 6 }, () => ({
    words: corners.map((box, at) => ({ box, map: only(inCorner[at]!) })),
  }));
  const {
    accuracy,
    inside,
    density,
    chance,
    timesChance,
    control,
    words,
    scenes: count,
  } = pointingScore(scenes, options);
  expect([count, words]).toEqual([6, 24]);
  expect(accuracy).toEqual({ value: 1, low: 1, high: 1 });
  expect(inside).toEqual({ value: 1, low: 1, high: 1 });
  expect(density).toEqual({ value: 4, low: 4, high: 4 });
  expect(chance).toEqual({ accuracy: 0.25, inside: 0.25 });
  expect(timesChance.value).toBe(4);
  expect(control.sameScene!.words).toBe(24);
  expect(control.sameScene!.accuracy.value).toBe(0);
  expect(control.sameScene!.difference.density).toEqual({ value: 4, low: 4, high: 4 });
});

test('maps that look at the middle of all things, whatever the word, are no better than their control', () => {
  // All look at the same patch: right for one word of four, and as often for the boxes of the others.
  const scenes = Array.from({ length: 6 }, () => ({ words: corners.map((box) => ({ box, map: only(2) })) }));
  const { accuracy, control } = pointingScore(scenes, options);
  expect(accuracy.value).toBe(0.25);
  expect(control.sameScene!.accuracy.value).toBe(0.25);
  expect(control.sameScene!.difference.accuracy.value).toBeCloseTo(0, 12);
});

test('relative to the other words, what attracts all of them counts for none', () => {
  // All words look most at patch 15; each looks at its own corner twice as much as the others do.
  const common = even.map((_, patch) => (patch === 15 ? 20 : 1));
  const words = corners.map((box, at) => ({
    box,
    map: common.map((value, patch) => (patch === inCorner[at] ? 2 * value : value)),
  }));
  const scenes = [{ words }, { words }];
  expect(pointingScore(scenes, options).accuracy.value).toBe(0.25);
  const { accuracy, inside, control } = pointingScore(scenes, { ...options, relative: true });
  expect(accuracy.value).toBe(1);
  expect(control.sameScene!.accuracy.value).toBe(0);
  // All maps have one sum; shares are 2/5 on the own corner's patch, 1/5 on those of others, 1/4 on the other twelve.
  expect(inside.value).toBeCloseTo((2 / 5 + 3 / 4) / (2 / 5 + 3 / 5 + 12 / 4), 12);

  const same = [{ words: corners.map((box) => ({ box, map: common })) }];
  const alone = [{ words: [{ box: corners[3]!, map: only(15) }] }];
  for (const list of [same, alone]) {
    const score = pointingScore(list, { ...options, relative: true });
    expect(score.accuracy.value).toBeCloseTo(score.chance.accuracy, 12);
  }
});

test('relative maps do not depend on how much a word gives to the picture', () => {
  fc.assert(
    fc.property(
      fc.array(someMap, { minLength: 4, maxLength: 4 }),
      fc.integer({ min: 1, max: 9 }),
      (maps, scale) => {
        const scene = (factor: number): PointingScene[] => [
          {
            words: corners.map((box, at) => ({
              box,
              map: maps[at]!.map((value) => (at === 1 ? factor : 1) * value),
            })),
          },
        ];
        const measured = [1, scale].map((factor) =>
          pointingScore(scene(factor), { ...options, relative: true, resamples: 2 }),
        );
        expect(measured[0]!.inside.value).toBeCloseTo(measured[1]!.inside.value, 9);
        const shares = corners.map((box, at) => {
          const share = even.map((_, patch) => {
            const of = (map: number[]) => map[patch]! / map.reduce((sum, value) => sum + value, 0);
            const all = maps.reduce((sum, map) => sum + of(map), 0);
            return all === 0 ? 1 / 4 : of(maps[at]!) / all;
          });
          return slowly(share, box).inside;
        });
        expect(measured[0]!.inside.value).toBeCloseTo(shares.reduce((sum, value) => sum + value, 0) / 4, 9);
      },
    ),
    { numRuns: 50 },
  );
});

test('an even map scores exactly chance, on any box', () => {
  const edge = fc.tuple(fc.integer({ min: 0, max: 31 }), fc.integer({ min: 1, max: 32 }));
  fc.assert(
    fc.property(edge, edge, fc.constantFrom(0, 0.5, 7), ([left, width], [top, height], level) => {
      const box: Box = [left, top, left + width, top + height];
      const score = pointingScore([{ words: [{ box, map: even.map(() => level) }] }], {
        ...options,
        resamples: 2,
      });
      expect(score.accuracy.value).toBeCloseTo(score.chance.accuracy, 12);
      expect(score.inside.value).toBeCloseTo(score.chance.inside, 12);
      expect(score.density.value).toBeCloseTo(1, 12);
      expect(score.control).toEqual({ sameScene: null, otherScene: null });
    }),
  );
});

test('a box across patches takes the covered part of each', () => {
  // 2 x 2 patches of 10 pixels; the box covers 3/10, 2/10 of the two left ones across, 4/10 and 1 down.
  const box: Box = [7, 6, 12, 20];
  const map = [0.1, 0.2, 0.3, 0.4];
  const score = pointingScore([{ words: [{ box, map }] }], {
    ...options,
    grid: [2, 2],
    width: 20,
    height: 20,
  });
  const expected = 0.1 * 0.3 * 0.4 + 0.2 * 0.2 * 0.4 + 0.3 * 0.3 * 1 + 0.4 * 0.2 * 1;
  expect(score.inside.value).toBeCloseTo(expected, 12);
  expect(score.chance.inside).toBeCloseTo((5 * 14) / 400, 12);
  expect(score.density.value).toBeCloseTo(expected / ((5 * 14) / 400), 12);
  expect(score.chance.accuracy).toBe(0); // no center of a patch inside
  expect(score.timesChance.value).toBe(0);
});

/** Mass and area counted pixel by pixel, for boxes of whole pixels; the pointing game by its words. */
function slowly(
  map: number[],
  [left, top, right, bottom]: Box,
): { hit: number; inside: number; density: number } {
  let [mass, area, total] = [0, 0, 0];
  for (let y = 0; y < 32; y++) {
    for (let x = 0; x < 32; x++) {
      const value = map[Math.floor(y / 8) * 4 + Math.floor(x / 8)]! / 64;
      total += value;
      if (x < left || x >= right || y < top || y >= bottom) continue;
      mass += value;
      area += 1 / 1024;
    }
  }
  const tied = map.flatMap((value, patch) => (value === Math.max(...map) ? [patch] : []));
  const hits = tied.filter((patch) => {
    const [x, y] = [(patch % 4) * 8 + 4, Math.floor(patch / 4) * 8 + 4];
    return x >= left && x < right && y >= top && y < bottom;
  });
  return { hit: hits.length / tied.length, inside: mass / total, density: mass / total / area };
}

test('means and the control of the same scene are those of slow code', () => {
  fc.assert(
    fc.property(fc.array(someScene, { minLength: 1, maxLength: 5 }), (scenes) => {
      const pairs = scenes.flatMap(({ words }) => words);
      fc.pre(pairs.length > 0);
      const score = pointingScore(scenes, { ...options, resamples: 3 });
      const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
      const right = pairs.map(({ map, box }) => slowly(map, box));
      expect(score.accuracy.value).toBeCloseTo(mean(right.map(({ hit }) => hit)), 9);
      expect(score.inside.value).toBeCloseTo(mean(right.map(({ inside }) => inside)), 9);
      expect(score.density.value).toBeCloseTo(mean(right.map(({ density }) => density)), 9);
      const evenly = pairs.map(({ box }) => slowly(even, box));
      expect(score.chance.accuracy).toBeCloseTo(mean(evenly.map(({ hit }) => hit)), 9);
      expect(score.chance.inside).toBeCloseTo(mean(evenly.map(({ inside }) => inside)), 9);

      const wrong = scenes.flatMap(({ words }) =>
        words.flatMap(({ map, box }, at) => {
          const others = words.filter((_, other) => other !== at).map((other) => slowly(map, other.box));
          if (others.length === 0) return [];
          const own = slowly(map, box);
          return [
            {
              hit: mean(others.map(({ hit }) => hit)),
              inside: mean(others.map(({ inside }) => inside)),
              own,
            },
          ];
        }),
      );
      const { sameScene } = score.control;
      expect(sameScene?.words ?? 0).toBe(wrong.length);
      const measured = [sameScene?.accuracy, sameScene?.inside, sameScene?.difference.accuracy];
      const expected =
        wrong.length === 0
          ? [0, 0, 0]
          : [
              mean(wrong.map(({ hit }) => hit)),
              mean(wrong.map(({ inside }) => inside)),
              mean(wrong.map(({ hit, own }) => own.hit - hit)),
            ];
      expect(
        largestDifference(
          measured.map((interval) => interval?.value ?? 0),
          expected,
        ),
      ).toBeLessThan(1e-9);
    }),
    { numRuns: 200 },
  );
});

test('the box of another scene is never of the own scene, and every other word is drawn', () => {
  // All boxes differ in height and the map is even, so `inside` tells which of them were drawn.
  const boxes = (scene: number): Box[] => [
    [0, 0, 32, 8 * (scene + 1)],
    [0, 0, 32, 8 * (scene + 1) - 4],
  ];
  const scenes = [0, 1, 2].map((scene) => ({ words: boxes(scene).map((box) => ({ box, map: even })) }));
  const seen = new Set<string>();
  for (let seed = 0; seed < 60; seed++) {
    const { otherScene } = pointingScore(scenes, { ...options, key: key(seed), resamples: 2 }).control;
    expect(otherScene!.words).toBe(6);
    seen.add(otherScene!.inside.value.toFixed(6));
  }
  expect(seen.size).toBeGreaterThan(10);
  const own = [
    { words: [{ map: only(0), box: corners[0]! }] },
    { words: [{ map: only(10), box: corners[3]! }] },
  ];
  const { control } = pointingScore(own, options);
  expect(control.otherScene!.accuracy.value).toBe(0); // the only other box is the wrong one
  expect(control.otherScene!.difference.inside.value).toBe(1);
});

test('the interval is that of resampled scenes: wide where words of a scene agree', () => {
  // Half of 40 scenes have all four words right: 40 independent coins, not 160.
  const scenes = Array.from({ length: 40 }, (_, i) => ({
    words: corners.map((box, at) => ({ box, map: only(inCorner[i % 2 === 0 ? at : 3 - at]!) })),
  }));
  const { accuracy } = pointingScore(scenes, { ...options, resamples: 4000 });
  expect(accuracy.value).toBe(0.5);
  // Binomial quantiles of 40 coins: scipy.stats.binom.ppf([.025, .975], 40, .5) / 40
  expect(accuracy.low).toBeCloseTo(0.35, 1);
  expect(Math.abs(accuracy.low - 0.35)).toBeLessThanOrEqual(0.0251);
  expect(Math.abs(accuracy.high - 0.65)).toBeLessThanOrEqual(0.0251);
  const narrow = pointingScore(scenes, { ...options, resamples: 4000, level: 0.5 }).accuracy;
  expect(narrow.high - narrow.low).toBeLessThan(accuracy.high - accuracy.low);
});

test('the same key gives the same score', () => {
  const [scene] = fc.sample(
    fc.array(
      someScene.filter(({ words }) => words.length > 1),
      { minLength: 4, maxLength: 4 },
    ),
    {
      numRuns: 1,
      seed: 5,
    },
  );
  expect(pointingScore(scene!, options)).toEqual(pointingScore(scene!, options));
  expect(pointingScore(scene!, options)).not.toEqual(pointingScore(scene!, { ...options, key: key(4) }));
});

test('the table has a row for each head, in both directions', () => {
  const choices = everyHead({ depth: 1, heads: 2 });
  // Head 0 sees its thing, head 1 always the first corner; the way back is the other way round.
  const words = corners.map((_, at) => at);
  const forward = [...words.flatMap((at) => only(inCorner[at]!)), ...words.flatMap(() => only(0))];
  const column = (head: number) =>
    even.flatMap((_, patch) => words.map((at) => only(head === 1 ? inCorner[at]! : 0)[patch]!));
  const pair: AttendedPair = {
    wordToPatches: { shape: [2, 4, 16], data: Float32Array.from(forward) },
    patchToWords: { shape: [2, 16, 4], data: Float32Array.from([...column(0), ...column(1)]) },
  };
  const attended = [pair, pair];
  const boxes = [corners, corners];
  const table = pointingTable(choices, attended, boxes, options);
  expect(table.map(({ choice, accuracy }) => [choice, accuracy.value])).toEqual([
    [{ layer: 0, head: 0 }, 1],
    [{ layer: 0, head: 1 }, 0.25],
  ]);
  const back = pointingTable(choices, attended, boxes, options, 'patchToWords');
  expect(back.map(({ accuracy }) => accuracy.value)).toEqual([0.25, 1]);
  const { choice: _, ...first } = table[0]!;
  expect(first).toEqual(pointingScore(pointingScenes(attended, boxes), options));
  expect(largestDifference(pointingScenes(attended, boxes, 1)[1]!.words[3]!.map, only(0))).toBe(0);
  expect(() => pointingScenes(attended, [corners, []])).toThrow(
    'boxes must be one for each word, 4, 4; received [4, 0]. Pass the same words to attendPairs.',
  );
});

test('what cannot be scored is named, all at once', () => {
  const word = { box: corners[0]!, map: even };
  expect(() => pointingScore([{ words: [] }], options)).toThrow(
    'scenes must be at least one with a word; received none.',
  );
  const bad: PointingScene[] = [
    { words: [word, { ...word, box: [32, 0, 40, 8] }] },
    {
      words: [
        { ...word, map: [1, 2] },
        { ...word, map: even.map(() => NaN) },
        { ...word, box: [8, 8, 8, 16] },
      ],
    },
  ];
  expect(() => pointingScore(bad, { ...options, level: 95 })).toThrow(
    [
      'level must be between 0 and 1; received 95. Write 95 % as 0.95.',
      'scenes[0].words[1].box must be [left, top, right, bottom] with an area inside the 32 x 32 picture; received [32, 0, 40, 8]. Leave out words whose thing the view cuts off.',
      'scenes[1].words[0].map must be of 16 patches; received 2. Pass the attention to patches alone.',
      'scenes[1].words[1].map must be finite and not negative; received NaN. Pass weights after the softmax.',
      'scenes[1].words[2].box must be',
    ].join('\n'),
  );
  expect(() => pointingScore([{ words: [word] }], { ...options, resamples: 0 })).toThrow(
    'options must be positive: grid, width, height and resamples; received 4, 4, 32, 32, 0.',
  );
});
