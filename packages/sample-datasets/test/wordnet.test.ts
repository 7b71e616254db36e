import { expect, test } from 'vitest';
import { openWordnet } from '../src/index.js';
import { sentencesOf } from '../src/wordnet.js';

test('a record gives its definition and its examples', () => {
  const line =
    '00002684 03 n 02 object 0 physical_object 0 001 @ 00001930 n 0000 | a tangible and visible entity; an entity that can cast a shadow; "it was full of rackets, balls and other objects"  ';
  expect(sentencesOf(line)).toEqual([
    'a tangible and visible entity; an entity that can cast a shadow',
    'it was full of rackets, balls and other objects',
  ]);
  expect(sentencesOf('  1 This software and database is being provided | to you  ')).toEqual([]);
  expect(sentencesOf('00001 00 a 01 x 0 000 | "only an example"  ')).toEqual(['only an example']);
});

test('all of WordNet: distinct sentences, text only', async () => {
  const sentences = await openWordnet({ kind: 'wordnet' });
  expect(sentences.kind).toBe('text');
  // 117,791 definitions and 48,571 examples (counted with grep over the files), of which 1,025 repeat others.
  expect(sentences.length).toBe(165_337);
  expect(sentences.caption(1)).toBe('an entity that has physical existence');
  expect(sentences.describe(1)).toBe('wordnet line 2');
  expect(sentences.fingerprint).toMatch(/^[0-9a-f]{64}$/);
  expect((await openWordnet({ kind: 'wordnet' })).fingerprint).toBe(sentences.fingerprint);
  await expect(sentences.image(0)).rejects.toThrow('wordnet holds text only and has no pictures.');
  expect(() => sentences.caption(165_337)).toThrow(
    'index must be an integer from 0 to 165336; received 165337. wordnet has 165,337 examples.',
  );
  await expect(openWordnet({ kind: 'wordnet', lang: 'en' } as never)).rejects.toThrow('Known names: kind.');
});
