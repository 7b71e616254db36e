import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  bytePairsOfMerges,
  bytePairsOfTokenizer,
  bytePairsOfVocabulary,
  cleanClipText,
  createClipTokenizer,
} from '../src/clip.js';
import { readFixture } from './fixtures.js';

// Expected ids and texts by open_clip, files by transformers: fixtures/make-clip-texts.py.
const cases =
  readFixture<{ text: string; cleaned: string; ids: number[]; decoded: string }[]>('clip/texts.json');
const merges = readFileSync(new URL('fixtures/clip/merges.txt', import.meta.url), 'utf8');
const file = readFixture<{ model: Record<string, unknown> }>('clip/tokenizer.json');
const pairs = bytePairsOfTokenizer(file);
const tokenizer = createClipTokenizer(pairs);

test("cleaned texts, ids and decoded texts are open_clip's", () => {
  const mine = cases.map(({ text }) => {
    const { tokenIds, paddingMask } = tokenizer.encodePadded(text, 77);
    const ids = [...tokenIds].filter((_, at) => paddingMask[at] === 0);
    expect([...tokenIds].slice(ids.length)).toEqual(new Array(77 - ids.length).fill(0));
    return { text, cleaned: cleanClipText(text), ids, decoded: tokenizer.decode(ids) };
  });
  // open_clip leaves a blank behind the last word.
  expect(mine).toEqual(cases.map((each) => ({ ...each, decoded: each.decoded.trimEnd() })));
});

test('the same table is read out of every form in which it is kept', () => {
  const vocabulary = readFixture<unknown>('clip/vocab.json');
  expect(bytePairsOfVocabulary(vocabulary, merges)).toEqual(pairs);
  const original = merges.replace('#version: 0.2', '"bpe_simple_vocab_16e6.txt#version: 0.2');
  expect(bytePairsOfMerges(original)).toEqual(pairs);
  const { merges: lists } = file.model as { merges: [string, string][] };
  const older = { ...file.model, merges: lists.map((pair) => pair.join(' ')) };
  expect(bytePairsOfTokenizer({ ...file, model: older })).toEqual(pairs);
});

test('decoding what was encoded gives the cleaned text, but for blanks between words', () => {
  const withoutBlanks = (text: string) => text.replaceAll(' ', '');
  const texts = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.string({ unit: 'grapheme', maxLength: 40 }),
    fc.lorem({ maxCount: 12 }),
  );
  fc.assert(
    fc.property(texts, (text) => {
      const cleaned = cleanClipText(text);
      expect(withoutBlanks(tokenizer.decode(tokenizer.encode(text)))).toBe(withoutBlanks(cleaned));
    }),
    { numRuns: 500 },
  );
  const sentences = fc.array(fc.stringMatching(/^[a-z]{1,9}$/), { minLength: 1, maxLength: 9 });
  fc.assert(
    fc.property(sentences, (words) => {
      expect(tokenizer.decode(tokenizer.encode(words.join('  ')))).toBe(words.join(' '));
    }),
  );
});

test('a text that is too long keeps its end, and any length has one', () => {
  const endId = tokenizer.idOf('<|endoftext|>')!;
  const { tokenIds, paddingMask } = tokenizer.encodePadded('a a a a a a', 4);
  const a = tokenizer.idOf('a</w>')!;
  expect([...tokenIds]).toEqual([tokenizer.idOf('<|startoftext|>'), a, a, endId]);
  expect([...paddingMask]).toEqual([0, 0, 0, 0]);
  expect([...tokenizer.encodePadded('a', 1).tokenIds]).toEqual([endId]);
  expect(tokenizer.encode('a a a a', 2)).toEqual([a, a]);
  expect(tokenizer.pieces([a])).toEqual(['a</w>']);
});

test.each([
  [() => bytePairsOfTokenizer({ model: { type: 'WordPiece' } }), /model must be of type BPE.*WordPiece/],
  [() => bytePairsOfTokenizer('{}'), /model must be of type BPE/],
  [
    () => bytePairsOfTokenizer({ ...file, model: { ...file.model, vocab: { a: 0, b: 2 } } }),
    /vocabulary must be a piece for each id/,
  ],
  [() => bytePairsOfMerges('<!DOCTYPE html>'), /merges must be a list under its version/],
  [() => bytePairsOfMerges('#version\na b c'), /pairs of pieces.*a b c/],
  [
    () => createClipTokenizer({ pieces: ['a'], merges: ['x y'] }),
    /pieces must be every byte[^]*merges must be pairs/,
  ],
  [() => createClipTokenizer([] as never), /pairs must be a record/],
  [() => tokenizer.encodePadded('a', 0), /maxLength must be a positive integer/],
  [() => tokenizer.encode(1 as never), /text must be a string/],
  [() => tokenizer.decode([1e6]), /id must be in \[0, 825\)/],
])('%#: the error says what to do', (call, message) => {
  expect(call).toThrow(message);
});
