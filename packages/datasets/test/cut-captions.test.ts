import { createTokenizer } from '@m3ae/preprocess';
import { expect, test } from 'vitest';
import {
  captionLengths,
  captionStatistics,
  cutCaptions,
  type DataSplit,
  logFrequencies,
  splitCaptions,
} from '../src/index.js';

const tokenizer = createTokenizer();
const length = { maxLength: 6, setting: 'text.maxLength' };
/** Captions of so many words, each one word piece. */
function captionsOf(lengths: readonly number[]): Pick<DataSplit, 'dataset' | 'indices'> {
  const dataset = { caption: (index: number) => 'cat '.repeat(lengths[index]!) } as DataSplit['dataset'];
  return { dataset, indices: Int32Array.from(lengths.keys()) };
}

test('captions beyond text.maxLength are counted, and the longest is told', () => {
  expect(cutCaptions(captionsOf([1, 6, 7, 0, 31, 6]), tokenizer, length)).toEqual([
    '2 of 6 captions are longer than text.maxLength, 6 word pieces, and are cut there; the longest has 31.',
  ]);
  expect(cutCaptions(captionsOf([7, 6]), tokenizer, length)[0]).toMatch(/^1 of 2 captions is longer/);
  expect(cutCaptions(captionsOf([6, 6]), tokenizer, length)).toEqual([]);
});

test('of very many captions some are looked at, evenly spread', () => {
  const lengths = Array.from({ length: 40_000 }, (_, at) => (at >= 20_000 ? 9 : 1));
  expect(cutCaptions(captionsOf(lengths), tokenizer, length)[0]).toMatch(
    /^5,000 of 10,000 captions looked at are/,
  );
});

test('captions of a split are those of its examples; a frequent piece is likelier, and none is impossible', () => {
  const split = { ...captionsOf([2, 0, 5]), indices: Int32Array.of(2, 0) };
  expect([...splitCaptions(split)]).toEqual(['cat cat cat cat cat ', 'cat cat ']);
  expect([...splitCaptions(null)]).toEqual([]);
  expect(captionLengths(split, tokenizer)).toEqual([5, 2]);
  const logs = logFrequencies(split, tokenizer, 4);
  const total = tokenizer.vocabSize + 4 + 2; // five are cut to four
  const [cat] = tokenizer.encode('cat');
  expect(Math.exp(logs[cat!]!)).toBeCloseTo(7 / total, 8);
  expect(Math.exp(logs[0]!)).toBeCloseTo(1 / total, 8);
});

test('statistics are those of the captions that are there', () => {
  expect(captionStatistics(captionsOf([3, 0, 1, 9, 2]), tokenizer)).toEqual({
    mean: 3.8, // 15 / 4
    median: 3,
    longest: 9,
    missing: 1,
  });
  expect(captionStatistics(captionsOf([0, 0]), tokenizer)).toBeUndefined();
});
