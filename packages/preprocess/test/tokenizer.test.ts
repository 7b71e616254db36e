import { createHash } from 'node:crypto';
import { Tokenizer as OtherTokenizer } from '@huggingface/tokenizers';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { bertVocabulary } from '../src/bert-vocabulary.js';
import { createTokenizer, specialPieces, tokenizerFromPieces } from '../src/index.js';
import { readFixture } from './fixtures.js';

// Expected ids by the slow BertTokenizer of transformers: fixtures/make-texts.py.
const fixture = readFixture<{
  cases: { text: string; ids: number[]; decoded: string }[];
  digests: Record<string, string>;
}>('texts.json');

const tokenizer = createTokenizer();

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

test('the vocabulary is the original vocab.txt, byte for byte', () => {
  const text = bertVocabulary.map((piece) => `${piece}\n`).join('');
  expect(sha256(text)).toBe('07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3');
  expect(tokenizer.vocabSize).toBe(30_522);
  expect(specialPieces.map((piece) => tokenizer.idOf(piece))).toEqual([0, 100, 101, 102, 103]);
});

test('ids and decoded texts equal the reference on captions, scripts, emoji, controls and noise', () => {
  const mine = fixture.cases.map(({ text }) => {
    const ids = tokenizer.encode(text);
    return { text, ids, decoded: tokenizer.decode(ids) };
  });
  expect(mine).toEqual(fixture.cases);
});

test('every character of Unicode between two letters gives the ids of the reference', () => {
  const mine = Object.keys(fixture.digests).map((start) => {
    const first = Number.parseInt(start, 16);
    const rows = Array.from({ length: 4096 }, (_, i) =>
      tokenizer.encode(`a${String.fromCodePoint(first + i)}B`).join(' '),
    );
    return [start, sha256(rows.join('\n'))];
  });
  expect(Object.fromEntries(mine)).toEqual(fixture.digests);
});

test('ids equal those of @huggingface/tokenizers on pieces of the vocabulary strung together', () => {
  const added = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
  const other = new OtherTokenizer(
    {
      version: '1.0',
      added_tokens: specialPieces.map((content) => ({ ...added, content, id: tokenizer.idOf(content)! })),
      normalizer: {
        type: 'BertNormalizer',
        clean_text: true,
        handle_chinese_chars: true,
        strip_accents: null,
        lowercase: true,
      },
      pre_tokenizer: { type: 'BertPreTokenizer' },
      post_processor: null,
      decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
      model: {
        type: 'WordPiece',
        unk_token: '[UNK]',
        continuing_subword_prefix: '##',
        max_input_chars_per_word: 100,
        vocab: Object.fromEntries(bertVocabulary.map((piece, id) => [piece, id])),
      },
    },
    {},
  );
  const piece = fc.constantFrom(...bertVocabulary.filter((text) => /^[\u0020-\u024f]+$/.test(text)));
  const texts = fc.array(fc.tuple(piece, fc.constantFrom('', ' ', ', ', '-')), { maxLength: 12 });
  fc.assert(
    fc.property(texts, fc.boolean(), (parts, upper) => {
      const joined = parts.map(([text, gap]) => text + gap).join('');
      const text = upper ? joined.toUpperCase() : joined;
      expect(tokenizer.encode(text)).toEqual([...other.encode(text, { add_special_tokens: false }).ids]);
    }),
    { numRuns: 300 },
  );
});

test.each([
  ['', [0, 0, 0], [1, 1, 1]],
  ['a dog', [1037, 3899, 0], [0, 0, 1]],
  ['a dog!', [1037, 3899, 999], [0, 0, 0]],
  ['a dog! a dog!', [1037, 3899, 999], [0, 0, 0]],
  ['unaffable dog', [14477, 20961, 3468], [0, 0, 0]],
])('%j padded to 3', (text, tokenIds, paddingMask) => {
  const padded = tokenizer.encodePadded(text, 3);
  expect(padded).toEqual({
    tokenIds: Int32Array.from(tokenIds),
    paddingMask: Float32Array.from(paddingMask),
  });
});

test('a limit cuts the ids and nothing else', () => {
  for (const { text, ids } of fixture.cases) expect(tokenizer.encode(text, 5)).toEqual(ids.slice(0, 5));
});

test('a megabyte of text is cut without reading it all', () => {
  expect(tokenizer.encodePadded('word '.repeat(1e6), 4).tokenIds).toEqual(
    Int32Array.of(2773, 2773, 2773, 2773),
  );
});

test('a vocabulary of one’s own', () => {
  const own = tokenizerFromPieces(['[UNK]', '[PAD]', 'a', 'dog', '##s']);
  expect(own.encode('A dogs! [MASK]')).toEqual([2, 3, 4, 0, 0, 0, 0]);
  expect(own.padId).toBe(1);
  expect(own.pieces([2, 3, 4])).toEqual(['a', 'dog', '##s']);
  expect(own.decode([2, 3, 4, 1, 0])).toBe('a dogs');
  expect(own.idOf('cat')).toBeUndefined();
});

test('the longest word counts characters, not UTF-16 units', () => {
  const own = tokenizerFromPieces(['[PAD]', '[UNK]', '😀', '##😀']);
  expect(own.encode('😀'.repeat(100))).toEqual([2, ...Array<number>(99).fill(3)]);
  expect(own.encode('😀'.repeat(101))).toEqual([1]);
});

test.each([
  [
    () => tokenizer.encodePadded('a', 0),
    'maxLength must be a positive integer; received 0. The models use 64 for captions, 256 for text alone.',
  ],
  [
    () => tokenizer.pieces([5, 30_522]),
    'id must be in [0, 30522); received 30522. Decode with the vocabulary that encoded.',
  ],
  [
    () => tokenizer.decode([-1]),
    'id must be in [0, 30522); received -1. Decode with the vocabulary that encoded.',
  ],
  [
    () => tokenizer.encode(undefined as unknown as string),
    'text must be a string; received nothing. Decode bytes with TextDecoder first.',
  ],
  [
    () => tokenizerFromPieces(['[PAD]', '[UNK]', 'a', 'a']),
    'vocabulary must be a list of different pieces; received "a" at 2 and 3. Take the repeated line out.',
  ],
  [
    () => tokenizerFromPieces(['[UNK]', 'a']),
    'vocabulary must be a list with [PAD]; received 2 pieces without it. Add it.',
  ],
])('%#: the error says what to do', (call, message) => {
  expect(call).toThrow(message);
});
