import { expect, test } from 'vitest';
import {
  emojiOfScenes,
  emojiVendors,
  type EmojiVendor,
  outlierSets,
  unseenEmoji,
  unseenScenes,
} from '../src/index.js';
import { resolveEmojiSpec, resolveIconSpec, resolveSceneSpec } from '../src/specs.js';

const drawings = { cacheFolder: 'cache', size: 16 };
const emoji = { kind: 'emoji', ...drawings, split: 'all', labels: 'group' } as const;

test('unseen emoji and scenes are the splits that nothing is trained on, with all else as it was', () => {
  const { validation, tests } = unseenEmoji(emoji);
  const specs = [validation, ...tests].map(({ spec }) => resolveEmojiSpec(spec));
  expect(specs.map(({ split }) => split)).toEqual(['validation', 'test', 'drawingTest']);
  for (const spec of specs) expect(spec).toMatchObject({ size: 16, labels: 'group' });
  const scenes = unseenScenes({ kind: 'scenes', ...drawings, tags: 1, length: 9 }, 5);
  expect(
    Object.values(scenes).map(({ spec }) => {
      const { split, length, tags } = resolveSceneSpec(spec);
      return [split, length, tags];
    }),
  ).toEqual([
    ['drawingValidation', 5, 1],
    ['drawingTest', 5, 1],
    ['test', 5, 1],
  ]);
  const names = [validation, ...tests, ...Object.values(scenes)].map(({ name }) => name);
  expect(new Set(names).size).toBe(6);
});

test('what is no spec is refused by the field', () => {
  for (const emoji of [undefined, 'cache'] as never[]) {
    expect(() => unseenEmoji(emoji)).toThrow(/^emoji must be a record/);
    expect(() => outlierSets(emoji)).toThrow(/^emoji must be a record/);
    expect(() => unseenScenes(emoji, 5)).toThrow(/^scenes must be a record/);
  }
  expect(() => outlierSets({ kind: 'emoji' } as never)).toThrow(/^cacheFolder must be/);
  expect(() => unseenScenes({ kind: 'scenes', ...drawings }, undefined as never)).toThrow(/^length must be/);
});

test('scenes are composed of their own emoji', () => {
  const vendors: EmojiVendor[] = ['noto'];
  const spec = emojiOfScenes({ kind: 'scenes', ...drawings, vendors, skinTones: true, length: 3 });
  expect(spec).toEqual({ kind: 'emoji', ...drawings, vendors, skinTones: true });
});

// By hand: the six vendors of emoji less Fluent's two draw flags, and only OpenMoji draws OpenMoji.
test.each<[vendors: EmojiVendor[] | undefined, flags: EmojiVendor[], openmoji: EmojiVendor[]]>([
  [undefined, ['twemoji', 'noto', 'noto-v1', 'emojione', 'openmoji'], ['openmoji']],
  [['emojione'], ['emojione'], ['openmoji']],
  [['fluent-emoji-flat'], ['twemoji'], ['openmoji']],
  [[...emojiVendors], [...emojiVendors], [...emojiVendors]],
])('outliers of a model that knows the vendors %j', (vendors, flags, openmoji) => {
  const sets = outlierSets({ ...emoji, vendors });
  expect(sets.map(({ name }) => name)).toEqual(['flags', 'openmoji', 'logos', 'circleFlags']);
  const found = sets.map(({ spec }) => (spec.kind === 'emoji' ? [spec.split, spec.vendors] : spec.set));
  expect(found).toEqual([['flags', flags], ['openmoji', openmoji], 'logos', 'circle-flags']);
  const check = (spec: (typeof sets)[number]['spec']) =>
    spec.kind === 'emoji' ? resolveEmojiSpec(spec) : resolveIconSpec(spec);
  for (const { spec } of sets) expect(check(spec).cacheFolder).toBe('cache');
});
