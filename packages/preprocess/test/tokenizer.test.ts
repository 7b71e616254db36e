import { createHash } from 'node:crypto';
import { Tokenizer as OtherTokenizer } from '@huggingface/tokenizers';
import { bertVocabulary } from '@m3ae/preprocess/bert-vocabulary';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createTokenizer, tokenizerFromPieces } from '../src/index.js';
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
