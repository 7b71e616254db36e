import { readFileSync } from 'node:fs';
import { decodeImage } from '@m3ae/datasets';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createDuplicateFinder, type PicturePrint, printOf } from '../src/index.js';
import { printFrom, printText } from '../src/duplicates.js';

const cases = JSON.parse(
  readFileSync(new URL('./fixtures/difference-hashes.json', import.meta.url), 'utf8'),
) as { png: string; bits: string; mean: number[] }[];

test.each(cases)('the difference hash is that of Pillow and NumPy', async ({ png, bits, mean }) => {
  const print = printOf(await decodeImage(Buffer.from(png, 'base64')));
  const found = [print.high, print.low].map((word) => word.toString(2).padStart(32, '0')).join('');
  expect(found).toBe(bits);
  expect(print.mean).toEqual(mean);
  expect(printFrom(printText(print))).toEqual(print);
});

const word = fc.integer({ min: 0, max: 2 ** 32 - 1 });
/** Prints of few shapes and colors, a few bits apart, so that many are alike. */
const prints = fc.array(
  fc
    .record({
      base: fc.constantFrom(0, 0x0f0f0f0f, 0xffffffff),
      flips: fc.array(fc.integer({ min: 0, max: 63 }), { maxLength: 4 }),
      color: fc.integer({ min: 0, max: 40 }),
    })
    .map(({ base, flips, color }): PicturePrint => {
      const words: number[] = [base, base];
      for (const bit of flips) words[bit >> 5] = (words[bit >> 5]! ^ (1 << (bit & 31))) >>> 0;
      return { high: words[0]!, low: words[1]!, mean: [color, 128, 255] };
    }),
  { maxLength: 40 },
);

test('finds the first that is alike, as comparing with all does', () => {
  fc.assert(
    fc.property(prints, fc.integer({ min: 0, max: 3 }), word, (all, bits, offset) => {
      const finder = createDuplicateFinder(bits);
      const ones = (value: number) => value.toString(2).replaceAll('0', '').length;
      all.forEach((print, at) => {
        const expected = all.slice(0, at).findIndex((other) => {
          const differing = ones((other.high ^ print.high) >>> 0) + ones((other.low ^ print.low) >>> 0);
          return differing <= bits && Math.abs(other.mean[0] - print.mean[0]) <= 12;
        });
        const id = (index: number) => (index + offset) % 2 ** 32;
        expect(finder.find(print)).toBe(expected < 0 ? undefined : id(expected));
        finder.add(print, id(at));
      });
    }),
  );
});
