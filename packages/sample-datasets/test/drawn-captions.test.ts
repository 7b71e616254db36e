import { createTokenizer } from '@m3ae/preprocess';
import { foldIn, key } from '@m3ae/random';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createLoader, joinDatasets } from '@m3ae/datasets';
import { drawTags } from '../../datasets/src/content/list.js';
import { messageOfRejection, temporaryFolder } from '../../datasets/test/temporary.js';
import { openEmoji } from '../src/index.js';

const tags = ['a', 'b', 'c', 'd', 'e', 'f'];
const drawing = { words: [['name', ...tags]], separator: ' ', shuffle: true, drop: 0.4 };

test('the name stays first; the other words are some of the tags, each at most once', () => {
  fc.assert(
    fc.property(fc.nat(), fc.boolean(), (seed, shuffle) => {
      const [name, ...drawn] = drawTags({ ...drawing, shuffle }, 0, key(seed)).split(' ');
      expect(name).toBe('name');
      expect(new Set(drawn).size).toBe(drawn.length);
      expect(drawn.every((tag) => tags.includes(tag))).toBe(true);
      expect(shuffle || drawn.join() === [...drawn].sort().join()).toBe(true);
    }),
  );
});

test('tags are left out as often as asked, and each comes first equally often', () => {
  const draws = Array.from({ length: 4000 }, (_, seed) =>
    drawTags(drawing, 0, key(seed)).split(' ').slice(1),
  );
  const kept = draws.reduce((sum, drawn) => sum + drawn.length, 0) / (draws.length * tags.length);
  expect(kept).toBeCloseTo(0.6, 1); // One standard error is .003.
  const firsts = tags.map((tag) => draws.filter(([first]) => first === tag).length / draws.length);
  for (const share of firsts) expect(share).toBeCloseTo(1 / 6, 1);
});

test('a training loader draws captions anew at each step from its key; evaluation keeps them', async () => {
  const cacheFolder = await temporaryFolder();
  const spec = {
    kind: 'emoji',
    cacheFolder,
    vendors: ['emojione'],
    size: 8,
    split: 'test',
    captionSeparator: ' ',
  } as const;
  const [plain, drawn] = [await openEmoji(spec), await openEmoji({ ...spec, shuffleTags: true })];
  expect(plain.drawCaption).toBeUndefined();
  expect(drawn.fingerprint).not.toBe(plain.fingerprint);
  expect(drawn.caption(0)).toBe(plain.caption(0));
  const tokenizer = createTokenizer();
  const load = async (evaluation: boolean, step: number) => {
    const loader = createLoader(drawn, { text: { maxLength: 32 }, key: key(5), evaluation });
    const { tokenIds } = await loader.load({ step, indices: Int32Array.of(0, 0, 1), firstPosition: 2 });
    return [0, 1, 2].map((row) =>
      tokenizer.decode(Array.from(tokenIds!.data.subarray(row * 32, (row + 1) * 32)).filter((id) => id > 0)),
    );
  };
  const text = (caption: string) => tokenizer.decode(tokenizer.encode(caption));
  expect(await load(true, 0)).toEqual([0, 0, 1].map((index) => text(plain.caption(index))));
  const first = await load(false, 0);
  const exampleKey = (position: number) => foldIn(foldIn(foldIn(key(5), 0), position), 2);
  expect(first).toEqual([0, 0, 1].map((index, row) => text(drawn.drawCaption!(index, exampleKey(2 + row)))));
  expect(await load(false, 0)).toEqual(first);
  expect(await load(false, 1)).not.toEqual(first);
  // The same captions inside a joined dataset, for the emoji alone.
  const joined = joinDatasets([plain, drawn]);
  expect(joined.labels).toEqual(Int32Array.from([...plain.labels!, ...drawn.labels!]));
  expect(joined.drawCaption!(1, key(7))).toBe(plain.caption(1));
  expect(joined.drawCaption!(plain.length + 1, key(7))).toBe(drawn.drawCaption!(1, key(7)));
});

test('bad input: a probability', async () => {
  const spec = { kind: 'emoji', cacheFolder: 'x', dropTags: 1 } as const;
  expect(await messageOfRejection(openEmoji(spec))).toBe(
    'dropTags must be in [0, 1); received 1. Write one third as 0.33.',
  );
});
