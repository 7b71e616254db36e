import fc from 'fast-check';
import { expect, test } from 'vitest';
import { areEmpty, createNumberList, packTexts, textAt } from '../src/content/packed-texts.js';

test('packed texts come out as they went in', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme' })), (texts) => {
      const packed = packTexts(texts);
      expect(packed.length).toBe(texts.length);
      expect(texts.map((_, at) => textAt(packed, at))).toEqual(texts);
      expect(areEmpty(packed)).toBe(texts.join('') === '');
      expect(packed.blocks.reduce((sum, { length }) => sum + length, 0)).toBe(
        Buffer.byteLength(texts.join('')),
      );
      expect(textAt(packed, texts.length)).toBeUndefined();
    }),
  );
});

test('long lists grow, and lie in memory that threads share', () => {
  const numbers = Array.from({ length: 5000 }, (_, at) => at * 3);
  const list = createNumberList(Int32Array);
  numbers.forEach((value) => list.add(value));
  const all = list.finish();
  expect(Array.from(all)).toEqual(numbers);
  expect(all.buffer).toBeInstanceOf(SharedArrayBuffer);
});

test('texts that lie in several blocks come out whole', () => {
  // Four bytes a letter, so that blocks end within letters too; one text is longer than two blocks.
  const texts = Array.from(
    { length: 60 },
    (_, at) => 'x' + '\u{1f408}'.repeat(at === 30 ? 3_000_000 : 40_000 + at),
  );
  const packed = packTexts(texts);
  expect(packed.blocks.length).toBeGreaterThan(4);
  expect(texts.every((text, at) => textAt(packed, at) === text)).toBe(true);
});
