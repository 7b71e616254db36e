import { createDataset, wholeSplit } from '@m3ae/datasets';
import { unusable } from '@m3ae/errors';
import type { Progress } from '@m3ae/logging';
import { createTokenizer } from '@m3ae/preprocess';
import { expect, test } from 'vitest';
import { notesOf, tellCaptions, tellNotes, tellReading, tellSplits, tellUnreadable } from '../src/index.js';

/** Pictures of 1000 bytes each, none of which is one. */
function splitOf(name: string, captions: readonly string[], leftOut: number) {
  const notes = [{ code: 'separator' as const, count: leftOut, places: [] }];
  const dataset = createDataset(
    { name, kind: 'paired', length: captions.length, fingerprint: `of ${name}`, notes },
    {
      caption: (index) => captions[index]!,
      image: () => Promise.reject(unusable(['A picture must be whole; received a damaged one. Mend it.'])),
      imageBytes: () => Promise.resolve(new Uint8Array(1000)),
      describe: (index) => `${name}/${index}.png`,
    },
  );
  return wholeSplit(dataset, { name, title: name, note: '' });
}

function noted() {
  const [facts, parts] = [new Map<string, unknown>(), [] as string[]];
  const progress: Progress = {
    say: () => {},
    part: (name, done, total) => void parts.push(`${name} ${done}/${total}`),
    step: () => {},
    fact: (name, value) => void facts.set(name, value),
    end: () => {},
  };
  return { facts, parts, progress };
}

const [train, test2] = [splitOf('train', ['cat', 'a dog', ''], 1), splitOf('test', ['cat'], 1)];

test('splits and captions are told as facts', () => {
  const { facts, progress } = noted();
  tellSplits([train, test2], progress);
  tellCaptions(train, createTokenizer(), progress);
  expect(facts.get('part.train')).toEqual({ length: 3, fingerprint: 'of train' });
  expect(facts.get('part.test')).toEqual({ length: 1, fingerprint: 'of test' });
  expect(facts.get('captions')).toMatchObject({ longest: 2, missing: 1 });
});

test('a note that splits have in common is told once', () => {
  expect(notesOf([train, test2])).toHaveLength(1);
  expect(notesOf([train, splitOf('other', ['cat'], 2)])).toHaveLength(2);
  const { facts, progress } = noted();
  tellNotes([], progress);
  expect(facts.size).toBe(0);
});

test('pictures that cannot be read are told, and the bytes of those that are files', async () => {
  const { facts, progress } = noted();
  const unreadable = await tellUnreadable([train, test2], 0, progress);
  expect(unreadable.map(({ place }) => place)).toEqual([
    'train/0.png',
    'train/1.png',
    'train/2.png',
    'test/0.png',
  ]);
  expect(facts.get('unreadable')).toEqual(unreadable);
  await tellReading(train, 50, progress);
  expect(facts.get('readBytes')).toBe(50_000);
});
