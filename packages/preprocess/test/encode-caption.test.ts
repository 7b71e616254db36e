import { expect, test } from 'vitest';
import { createTokenizer, encodeCaption, tokenizerFromPieces } from '../src/index.js';

test('a caption comes with its pieces, and what is longer is cut and told', () => {
  const tokenizer = createTokenizer();
  const whole = encodeCaption('a red square', tokenizer, { maxLength: 4 });
  expect(whole.pieces).toEqual(['a', 'red', 'square']);
  expect(Array.from(whole.paddingMask)).toEqual([0, 0, 0, 1]);
  expect(whole.notes).toEqual([]);
  const cut = encodeCaption('a red square', tokenizer, { maxLength: 2, name: '--caption' });
  expect(cut.pieces).toEqual(['a', 'red']);
  expect(Array.from(cut.tokenIds)).toEqual(Array.from(whole.tokenIds.slice(0, 2)));
  expect(cut.notes).toEqual([expect.stringMatching(/^--caption has 3 .*"square" is cut off/)]);
});

test('words that cannot be spelled are named once; [UNK] itself is no such word', () => {
  const tokenizer = tokenizerFromPieces(['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', 'red']);
  const { notes } = encodeCaption('red [UNK] zebra, zebra', tokenizer, { maxLength: 8, trimmed: true });
  expect(notes).toEqual([expect.stringContaining('lacks "zebra", ","')]);
});

test('an empty caption is refused by the name of its input', () => {
  const empty = () => encodeCaption(' ', createTokenizer(), { maxLength: 4, name: 'captions[0]' });
  expect(empty).toThrow('captions[0] must be words');
});
