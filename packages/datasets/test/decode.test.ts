import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { decodeImage } from '../src/index.js';
import { pngClaiming } from './pictures.js';
import { temporaryFolder } from './temporary.js';

const fixture = (name: string): string => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));
// What Pillow decodes them to: fixtures/make.py.
const expected = JSON.parse(readFileSync(fixture('expected.json'), 'utf8')) as Record<
  string,
  { width: number; height: number; data: number[] }
>;

describe('against Pillow', () => {
  // JPEG decoders may differ by a level or two (another inverse DCT, other rounding of YCbCr).
  test.each(Object.keys(expected).map((name) => [name, name.endsWith('.jpg') ? 2 : 1] as const))(
    '%s decodes to the same pixels, within %d',
    async (name, tolerance) => {
      const { width, height, channels, data } = await decodeImage(fixture(name));
      expect({ width, height, channels }).toEqual({
        width: expected[name]!.width,
        height: expected[name]!.height,
        channels: 3,
      });
      expect(data.length).toBe(width * height * 3);
      const worst = expected[name]!.data.reduce(
        (most, value, i) => Math.max(most, Math.abs(value - data[i]!)),
        0,
      );
      expect(worst).toBeLessThanOrEqual(tolerance);
    },
  );
});

test('EXIF orientation 6 is turned clockwise', async () => {
  const { width, height } = await decodeImage(fixture('turned.jpg')); // stored as 16 x 12
  expect([width, height]).toEqual([12, 16]);
});

test('CMYK inks become their colours, not black', async () => {
  const { data } = await decodeImage(fixture('cmyk.jpg'));
  const stripe = (i: number): number[] => [...data.subarray((4 * 40 + i * 8 + 4) * 3).subarray(0, 3)];
  const [cyan, magenta, yellow, black, paper] = [0, 1, 2, 3, 4].map(stripe) as [
    number[],
    number[],
    number[],
    number[],
    number[],
  ];
  expect(cyan[0]).toBeLessThan(90); // A profile gives printed cyan, e.g. 0 174 239, not 0 255 255.
  expect(cyan[2]).toBeGreaterThan(200);
  expect(magenta[1]).toBeLessThan(90);
  expect(magenta[0]).toBeGreaterThan(200);
  expect(yellow[2]).toBeLessThan(90);
  expect(Math.min(yellow[0]!, yellow[1]!)).toBeGreaterThan(200);
  expect(Math.max(...black)).toBeLessThan(70);
  expect(Math.min(...paper)).toBeGreaterThan(245);
});

test('an animation gives its first frame', async () => {
  for (const name of ['animated.gif', 'animated.webp']) {
    const { width, height, data } = await decodeImage(fixture(name));
    expect([width, height, ...data.subarray(0, 3)]).toEqual([8, 8, 255, 0, 0]);
  }
});

describe('refusals', () => {
  test('a 100-megapixel PNG, by its size', async () => {
    await expect(decodeImage(pngClaiming(10_000, 10_000))).rejects.toThrow(
      'The picture cannot be decoded: it has 10000 x 10000 = 100 megapixels and the limit is 50. Shrink it, or raise maxPixels.',
    );
  });

  test('the limit counts pixels, and can be changed', async () => {
    await expect(decodeImage(fixture('rgb.png'), { maxPixels: 192 })).resolves.toMatchObject({ width: 16 });
    await expect(decodeImage(fixture('rgb.png'), { maxPixels: 191 })).rejects.toThrow('raise maxPixels');
    await expect(decodeImage(fixture('rgb.png'), { maxPixels: 0 })).rejects.toThrow(
      'maxPixels must be a number above 0; received 0. Write 50 megapixels as 50e6.',
    );
  });

  test.each([
    ['truncated.jpg', /truncated\.jpg cannot be decoded: .*premature end/i],
    ['not-an-image.jpg', /not-an-image\.jpg cannot be decoded: .*unsupported image format/],
    ['missing.jpg', /missing\.jpg cannot be decoded: .*missing/],
  ])('%s', async (name, message) => {
    await expect(decodeImage(fixture(name))).rejects.toThrow(message);
    await expect(decodeImage(fixture(name))).rejects.toMatchObject({ name: 'InvalidInput' });
  });

  test('an empty file', async () => {
    await expect(decodeImage(new Uint8Array(0))).rejects.toThrow(
      'The picture cannot be decoded: it is empty.',
    );
    const folder = await temporaryFolder({ 'a.jpg': '' });
    await expect(decodeImage(join(folder, 'a.jpg'))).rejects.toThrow('a.jpg cannot be decoded: it is empty.');
  });
});
