import { createTokenizer } from '@m3ae/preprocess';
import { expect, test } from 'vitest';
import { cutCaptions } from '../src/run/vocabulary.js';
import type { DataSplit } from '@m3ae/evaluation/model';

const vocabulary = { tokenizer: createTokenizer(), mapping: null };
/** Captions of so many words, each one word piece. */
function captionsOf(lengths: readonly number[]): Pick<DataSplit, 'dataset' | 'indices'> {
  const dataset = { caption: (index: number) => 'cat '.repeat(lengths[index]!) } as DataSplit['dataset'];
  return { dataset, indices: Int32Array.from(lengths.keys()) };
}

test('captions beyond text.maxLength are counted, and the longest is told', () => {
  expect(cutCaptions(captionsOf([1, 6, 7, 0, 31, 6]), vocabulary, 6)).toEqual([
    '2 of 6 captions are longer than text.maxLength, 6 word pieces, and are cut there; the longest has 31.',
  ]);
  expect(cutCaptions(captionsOf([7, 6]), vocabulary, 6)[0]).toMatch(/^1 of 2 captions is longer/);
  expect(cutCaptions(captionsOf([6, 6]), vocabulary, 6)).toEqual([]);
});

test('of very many captions some are looked at, evenly spread', () => {
  const lengths = Array.from({ length: 40_000 }, (_, at) => (at >= 20_000 ? 9 : 1));
  expect(cutCaptions(captionsOf(lengths), vocabulary, 6)[0]).toMatch(
    /^5,000 of 10,000 captions looked at are/,
  );
});
