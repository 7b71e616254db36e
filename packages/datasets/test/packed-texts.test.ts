import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createNumberList, packTexts, textAt } from '../src/content/packed-texts.js';

test('packed texts come out as they went in', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme' })), (texts) => {
      const packed = packTexts(texts);
      expect(packed.length).toBe(texts.length);
      expect(texts.map((_, at) => textAt(packed, at))).toEqual(texts);
      expect(packed.bytes.length).toBe(Buffer.byteLength(texts.join('')));
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
