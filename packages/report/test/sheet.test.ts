import sharp from 'sharp';
import { expect, test } from 'vitest';
import { drawSheet } from '../src/sheet.js';

const colors = Array.from({ length: 9 }, (_, at) => [25 * at, 255 - 25 * at, 100] as const);
const imageOf = (color: readonly number[]) => ({
  width: 2,
  height: 2,
  channels: 3 as const,
  data: Uint8Array.from([...color, ...color, ...color, ...color]),
});

/** The color of a pixel of a PNG. */
async function pixelsOf(png: Uint8Array) {
  const { data, info } = await sharp(png).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const at = (x: number, y: number) => [...data.subarray(3 * (y * info.width + x)).subarray(0, 3)];
  return { at, info };
}

test('nine pictures stand in two rows of tiles of 112 pixels, 10 apart, in their own colors', async () => {
  const { png } = await drawSheet(colors.map((color) => ({ image: imageOf(color) })));
  const { at, info } = await pixelsOf(png);
  expect([info.width, info.height]).toEqual([10 + 8 * 122, 10 + 2 * 122]);
  colors.forEach((color, place) => {
    const [left, top] = [10 + 122 * (place % 8), 10 + 122 * Math.floor(place / 8)];
    expect([at(left, top), at(left + 111, top + 111)]).toEqual([[...color], [...color]]);
    expect([at(left - 1, top), at(left, top - 1)]).toEqual([
      [255, 255, 255],
      [255, 255, 255],
    ]);
  });
});

test('a sheet of nothing is refused', async () => {
  for (const pictures of [[], undefined as never])
    await expect(drawSheet(pictures)).rejects.toThrow(/^pictures must be a list of at least one picture/);
});

test('a class and a caption stand below, with any letters; without fonts nothing does', async () => {
  const image = imageOf(colors[0]!);
  const bare = await pixelsOf((await drawSheet([{ image }])).png);
  const told = await drawSheet([
    { image, label: 'cats & <dogs>', caption: 'a "cat" > & <' },
    { image, caption: '' },
  ]);
  const { at, info } = await pixelsOf(told.png);
  expect(info.height > bare.info.height).toBe(told.written);
  if (!told.written) return;
  const below = Array.from({ length: 112 }, (_, x) => at(10 + x, 10 + 112 + 10));
  expect(below.some(([red]) => red! < 128)).toBe(true);
});
