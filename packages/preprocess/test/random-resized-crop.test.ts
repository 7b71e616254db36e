import { foldIn, key } from '@m3ae/random';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { type CropBox, randomResizedCropBox, type Range } from '../src/index.js';
import { readFixture } from './fixtures.js';

// Expected values by torchvision: fixtures/make-images.py.
const fixture = readFixture<{
  fallbacks: { width: number; height: number; area: Range; aspect: Range; box: CropBox }[];
  boxStatistics: Record<string, { mean: number; std: number }>;
}>('images.json');

test('20,000 boxes have the means and deviations of as many boxes of torchvision', () => {
  const count = 20_000;
  const boxes = Array.from({ length: count }, (_, i) =>
    randomResizedCropBox(foldIn(key(0), i), { width: 500, height: 400 }),
  );
  const quantities: Record<string, (box: CropBox) => number> = {
    top: (box) => box.top,
    left: (box) => box.left,
    height: (box) => box.height,
    width: (box) => box.width,
    area: (box) => (box.width * box.height) / 200_000,
    logAspect: (box) => Math.log(box.width / box.height),
  };
  for (const [name, of] of Object.entries(quantities)) {
    const expected = fixture.boxStatistics[name]!;
    const mean = boxes.reduce((sum, box) => sum + of(box), 0) / count;
    const variance = boxes.reduce((sum, box) => sum + (of(box) - mean) ** 2, 0) / count;
    // Two samples of this size differ by 4 standard errors once in 15,000 times; the key is fixed.
    expect(Math.abs(mean - expected.mean)).toBeLessThan(4 * expected.std * Math.sqrt(2 / count));
    expect(Math.sqrt(variance) / expected.std).toBeCloseTo(1, 1);
  }
});

test.each(fixture.fallbacks)('where no try fits in $width x $height, the box is torchvision’s', (stored) => {
  const { area, aspect, box } = stored;
  expect(randomResizedCropBox(key(1), stored, { area, aspect })).toEqual(box);
});

test('the box lies in the image, and has an allowed area and aspect unless it is the fallback', () => {
  const side = fc.integer({ min: 1, max: 300 });
  fc.assert(
    fc.property(fc.nat(), side, side, (seed, width, height) => {
      const box = randomResizedCropBox(key(seed), { width, height });
      expect(box).toEqual(randomResizedCropBox(key(seed), { width, height }));
      expect(Object.values(box).every(Number.isInteger)).toBe(true);
      expect(Math.min(box.left, box.top)).toBeGreaterThanOrEqual(0);
      expect(Math.min(box.width, box.height)).toBeGreaterThanOrEqual(1);
      expect(box.left + box.width).toBeLessThanOrEqual(width);
      expect(box.top + box.height).toBeLessThanOrEqual(height);
      // Rounding moves a side by half a pixel.
      expect(box.width + 0.5).toBeGreaterThanOrEqual((box.height - 0.5) * (3 / 4));
      expect(box.height + 0.5).toBeGreaterThanOrEqual((box.width - 0.5) * (3 / 4));
    }),
  );
});

test.each([
  [
    { area: [0.5, 0.2] as const },
    'area must be [minimum, maximum] within (0, 1]; received [0.5, 0.2]. Write the whole image as 1.',
  ],
  [
    { area: [0.5, 20] as const },
    'area must be [minimum, maximum] within (0, 1]; received [0.5, 20]. Write the whole image as 1.',
  ],
  [
    { aspect: [0, 1] as const },
    'aspect must be [minimum, maximum], both above 0; received [0, 1]. Write three to four as 3 / 4.',
  ],
])('%o is refused', (options, message) => {
  expect(() => randomResizedCropBox(key(0), { width: 4, height: 4 }, options)).toThrow(message);
});
