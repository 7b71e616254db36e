import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  createTokenizer,
  specialPieces,
  tokenizerFromMapping,
  toFullIds,
  toTrimmedIds,
  trimVocabulary,
} from '../src/index.js';
import { readFixture } from './fixtures.js';

const { cases } = readFixture<{ cases: { text: string; ids: number[] }[] }>('texts.json');
const full = createTokenizer();
const texts = cases.map(({ text }) => text);
const { tokenizer, mapping } = trimVocabulary(full, texts);

test('it keeps the pieces that occur and the special ones, in their order', () => {
  const used = new Set(cases.flatMap(({ ids }) => ids));
  for (const piece of specialPieces) used.add(full.idOf(piece)!);
  expect(mapping.ids).toEqual([...used].sort((a, b) => a - b));
  expect(mapping.fullSize).toBe(30_522);
  expect(tokenizer.vocabSize).toBe(used.size);
  expect(specialPieces.map((piece) => tokenizer.idOf(piece))).toEqual([0, 1, 2, 3, 4]);
});

test('texts it was made from keep their pieces, and the ids convert both ways', () => {
  for (const { text, ids } of cases) {
    const trimmed = tokenizer.encode(text);
    expect([...toFullIds(mapping, trimmed)]).toEqual(ids);
    expect([...toTrimmedIds(mapping, ids)]).toEqual(trimmed);
  }
});

test('a mapping that went through JSON makes the same tokenizer', () => {
  const restored = JSON.parse(JSON.stringify(mapping)) as typeof mapping;
  expect(restored).toEqual(mapping);
  const again = tokenizerFromMapping(restored);
  fc.assert(
    fc.property(fc.array(fc.nat(0x10ffff)), (codes) => {
      const text = String.fromCodePoint(...codes);
      expect(again.encode(text)).toEqual(tokenizer.encode(text));
    }),
  );
});

test('a word met later is spelt with what is left, a piece that was cut is unknown', () => {
  const small = trimVocabulary(full, ['cat', 'cats', 'fish', 'dogs']); // no ##fish, ##s: cats is one piece
  expect(small.tokenizer.pieces(small.tokenizer.encode('cat zebra'))).toEqual(['cat', '[UNK]']);
  expect([...toTrimmedIds(small.mapping, full.encode('cat zebra'))]).toEqual(
    small.tokenizer.encode('cat zebra'),
  );
});

test('minimumCount drops what is rare, but not the special pieces', () => {
  const { mapping: common } = trimVocabulary(full, ['a cat', 'a dog'], { minimumCount: 2 });
  expect(common.pieces).toEqual(['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', 'a']);
});

test.each([
  [
    () => trimVocabulary(full, [], { minimumCount: 0 }),
    'minimumCount must be a positive integer; received 0. Write 1 to keep every piece that occurs.',
  ],
  [
    () => toFullIds(mapping, [99_999]),
    `id must be in [0, ${mapping.ids.length}); received 99999. Pass ids of the trimmed vocabulary.`,
  ],
  [
    () => toTrimmedIds(mapping, [30_522]),
    'id must be in [0, 30522); received 30522. Pass ids of the full vocabulary.',
  ],
  [
    () => tokenizerFromMapping({ ...mapping, ids: mapping.ids.slice(1) }),
    `mapping must be as many ids as pieces; received ${mapping.ids.length - 1} ids and ${mapping.ids.length} pieces. Take it from the checkpoint unchanged.`,
  ],
  [
    () => tokenizerFromMapping({ fullSize: 9, ids: [0, 5, 5], pieces: ['[PAD]', '[UNK]', 'a'] }),
    'mapping.ids[2] must be ascending and in [0, 9); received 5. Take it from the checkpoint unchanged.',
  ],
])('%#: the error says what to do', (call, message) => {
  expect(call).toThrow(message);
});
