import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { heatOverlay, outlineBox, patchBox, shadeWords } from '../src/attention.js';
import { colorOf } from '../src/attention/overlay/heat-overlay.js';
import { upsampleMap } from '../src/attention/overlay/upsample.js';
import { largestDifference } from './support-model.js';

// Written by fixtures/make-heat.py with Pillow.
const cases = JSON.parse(readFileSync(new URL('./fixtures/heat.json', import.meta.url), 'utf8')) as {
  grid: [number, number];
  width: number;
  height: number;
  map: number[];
  resized: number[];
}[];

test.each(cases)(
  'a map of $grid becomes $height x $width as in Pillow',
  ({ grid, map, resized, ...size }) => {
    expect(largestDifference(upsampleMap(map, grid, size), resized)).toBeLessThan(3e-6);
  },
);

test('a map that is the same everywhere stays so, and sides stay sides', () => {
  const size = { width: 11, height: 8 };
  expect(largestDifference(upsampleMap([3, 3, 3, 3], [2, 2], size), new Array(88).fill(3))).toBeLessThan(
    1e-6,
  );
  const left = upsampleMap([1, 0, 0, 1, 0, 0], [2, 3], size); // columns 1, 0, 0
  for (let y = 0; y < 8; y++) expect(left[y * 11]).toBeGreaterThan(left[y * 11 + 10]! + 0.9);
});

// d3-scale-chromatic's interpolateInferno, which has 256 entries; ours has 17 and straight lines between.
test.each([
  [0, 0x00, 0x00, 0x04],
  [0.1, 0x16, 0x0b, 0x39],
  [0.23, 0x4d, 0x0d, 0x6c],
  [0.5, 0xbc, 0x37, 0x54],
  [0.77, 0xfb, 0x97, 0x06],
  [0.9, 0xf6, 0xd7, 0x46],
  [1, 0xfc, 0xff, 0xa4],
])('inferno at %d is its color within 6 of 255', (value, ...expected) => {
  expect(largestDifference(colorOf('inferno', value), expected)).toBeLessThan(6);
});

// matplotlib.cm.jet(i) at entry i of 256, without alpha.
test.each([
  [0, 0, 0, 0.5],
  [64, 0, 0.50392157, 1],
  [128, 0.49019608, 1, 0.47754586],
  [255, 0.5, 0, 0],
])('jet at entry %d is that of matplotlib', (entry, ...expected) => {
  const color = colorOf('jet', entry / 255).map((channel) => channel / 255);
  expect(largestDifference(color, expected)).toBeLessThan(2e-3);
});

test('inferno grows lighter all the way; values outside take the color of the end', () => {
  const lightness = Array.from({ length: 101 }, (_, i) => {
    const [red, green, blue] = colorOf('inferno', i / 100);
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  });
  expect(lightness.every((value, i) => i === 0 || value > lightness[i - 1]!)).toBe(true);
  for (const name of ['inferno', 'jet'] as const) {
    expect(colorOf(name, -1)).toEqual(colorOf(name, 0));
    expect(colorOf(name, 7)).toEqual(colorOf(name, 1));
  }
});

const picture = (width: number, height: number) => ({
  width,
  height,
  data: Uint8Array.from({ length: width * height * 3 }, (_, i) => (i * 37) % 256),
});

test('the overlay is the mean of picture and color, pixel by pixel', () => {
  const values = fc.array(fc.float({ min: 0, max: 1, noNaN: true }), { minLength: 6, maxLength: 6 });
  fc.assert(
    fc.property(
      values,
      fc.constantFrom('inferno', 'jet'),
      fc.constantFrom(0, 0.3, 0.5, 1),
      (map, colors, alpha) => {
        const before = picture(9, 4);
        const { data, width, height } = heatOverlay(before, map, { grid: [2, 3], colors, alpha });
        const smooth = [...upsampleMap(map, [2, 3], before)];
        const [low, high] = [Math.min(...smooth), Math.max(...smooth)];
        const expected = [...before.data].map((byte, at) => {
          const value = smooth[Math.floor(at / 3)]!;
          const heat = colorOf(colors, high > low ? (value - low) / (high - low) : 0)[at % 3]!;
          return Math.round(byte * (1 - alpha) + heat * alpha);
        });
        expect([width, height]).toEqual([9, 4]);
        expect(largestDifference(data, expected)).toBeLessThanOrEqual(alpha === 0.3 ? 1 : 0);
      },
    ),
    { numRuns: 40 },
  );
});

test('the hottest place is the largest patch, and one range makes maps comparable', () => {
  const gray = { width: 24, height: 24, data: new Uint8Array(24 * 24 * 3).fill(128) };
  const map = [0, 0, 0, 0, 0, 0, 0, 1, 0];
  const { data } = heatOverlay(gray, map);
  const center = (patch: number) => 3 * ((8 * Math.floor(patch / 3) + 4) * 24 + 8 * (patch % 3) + 4);
  for (const patch of [0, 1, 2, 3, 4, 5, 6, 8])
    expect(data[center(7)]!).toBeGreaterThan(data[center(patch)]!);
  const faint = heatOverlay(
    gray,
    map.map((value) => value / 10),
    { range: [0, 1] },
  );
  expect(faint.data[center(7)]!).toBeLessThan(data[center(7)]!);
  expect(heatOverlay(gray, new Array(9).fill(0.3)).data.every((value) => value <= 66)).toBe(true); // cold everywhere
});

test('the edge of a patch is drawn inwards and nothing else changes', () => {
  const before = picture(8, 8);
  const box = patchBox(3, [2, 2], before);
  expect(box).toEqual([4, 4, 8, 8]);
  const { data } = outlineBox(before, box, { color: [1, 2, 3] });
  for (let y = 0; y < 8; y++) {
    for (let x = 0; x < 8; x++) {
      const at = 3 * (y * 8 + x);
      const edge = x >= 4 && y >= 4 && (x === 4 || x === 7 || y === 4 || y === 7);
      expect(data.slice(at, at + 3)).toEqual(edge ? Uint8Array.of(1, 2, 3) : before.data.slice(at, at + 3));
    }
  }
  expect(outlineBox(before, [-5, -5, 20, 20]).data).toEqual(before.data); // its edge is outside
});

test('shades are weights over the largest', () => {
  expect([...shadeWords([0.1, 0.4, 0.2])].map((value) => Number(value.toFixed(6)))).toEqual([0.25, 1, 0.5]);
  expect([...shadeWords([0, 0])]).toEqual([0, 0]);
});

test('what does not fit is named', () => {
  const small = picture(4, 4);
  expect(() => heatOverlay({ ...small, width: 5 }, [1, 2, 3], { alpha: 50 })).toThrow(
    'alpha must be in [0, 1]; received 50. Write a half as 0.5.\n' +
      'grid must be given for a map that is no square; received 3 patches. Pass [rows, columns].\n' +
      'picture must be of height * width * 3 bytes, 4 * 5 * 3; received 48 bytes. Convert it to three channels first.',
  );
  expect(() => heatOverlay(small, [1, NaN, 0, 0])).toThrow('map must be finite; received NaN.');
  expect(() => upsampleMap([1, 2], [2, 2], small)).toThrow('map must be of 2 x 2 numbers; received 2.');
  expect(() => patchBox(4, [2, 2], small)).toThrow('patch must be an integer from 0 to 3; received 4.');
  expect(() => outlineBox(small, [0, 0, 2, 2], { thickness: 0.5 })).toThrow(
    'thickness must be a positive integer',
  );
  expect(() => shadeWords([-1])).toThrow('weights must be finite and not negative; received -1.');
});
