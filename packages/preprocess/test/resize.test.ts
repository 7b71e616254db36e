import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  centerCrop,
  crop,
  type CropBox,
  flipHorizontal,
  resize,
  resizedCrop,
  resizeShorterSide,
} from '../src/index.js';
import { distance, imageOf, readFixture, type StoredImage } from './fixtures.js';

interface Fixture {
  resizes: { image: StoredImage; box: [number, number, number, number] | null; result: StoredImage }[];
  crops: { image: StoredImage; box: CropBox; result: StoredImage }[];
  tests: { image: StoredImage; size: number; resized: StoredImage; result: StoredImage }[];
  centers: { image: StoredImage; result: StoredImage }[];
  flip: { image: StoredImage; result: StoredImage };
}

// Expected bytes by Pillow and torchvision: fixtures/make-images.py.
const fixture = readFixture<Fixture>('images.json');

test.each(fixture.resizes.map((stored, i) => [i, stored] as const))(
  'resize %d equals Pillow',
  (_, stored) => {
    const { width, height } = stored.result;
    const [left, top, right, bottom] = stored.box ?? [0, 0, stored.image.width, stored.image.height];
    const box = stored.box === null ? undefined : { left, top, right, bottom };
    const result = resize(imageOf(stored.image), { width, height, box });
    expect(distance(result, imageOf(stored.result))).toBe(0);
  },
);

test.each(fixture.crops)('resizedCrop of $box equals torchvision', (stored) => {
  const result = resizedCrop(imageOf(stored.image), stored.box, stored.result);
  expect(distance(result, imageOf(stored.result))).toBe(0);
});

test.each(fixture.tests)('resizeShorterSide and centerCrop to $size equal torchvision', (stored) => {
  const resized = resizeShorterSide(imageOf(stored.image), stored.size);
  expect(distance(resized, imageOf(stored.resized))).toBe(0);
  const result = centerCrop(resized, stored.size);
  expect(distance(result, imageOf(stored.result))).toBe(0);
});

test.each(fixture.centers)('centerCrop equals torchvision, halves included', (stored) => {
  expect(distance(centerCrop(imageOf(stored.image), stored.result), imageOf(stored.result))).toBe(0);
});

test('flipHorizontal equals torchvision', () => {
  expect(distance(flipHorizontal(imageOf(fixture.flip.image)), imageOf(fixture.flip.result))).toBe(0);
});

test('resizedCrop is crop, then resize; the crop reads every pixel from where it is', () => {
  const sides = fc.integer({ min: 1, max: 12 });
  const shape = fc.record({ width: sides, height: sides, channels: fc.constantFrom(1, 3, 4) });
  const cuts = fc.record({ left: fc.nat(20), top: fc.nat(20), width: sides, height: sides });
  fc.assert(
    fc.property(
      shape,
      cuts,
      sides,
      sides,
      fc.nat(),
      ({ width, height, channels }, cut, toWidth, toHeight, seed) => {
        const data = Uint8Array.from({ length: width * height * channels }, (_, i) => (i * 97 + seed) % 256);
        const image = { width, height, channels: channels as 1 | 3 | 4, data };
        const left = cut.left % width;
        const top = cut.top % height;
        const box = {
          left,
          top,
          width: Math.min(cut.width, width - left),
          height: Math.min(cut.height, height - top),
        };
        const cropped = crop(image, box);
        for (let y = 0; y < box.height; y++) {
          for (let x = 0; x < box.width; x++) {
            for (let c = 0; c < channels; c++) {
              const there = ((top + y) * width + left + x) * channels + c;
              expect(cropped.data[(y * box.width + x) * channels + c]).toBe(data[there]);
            }
          }
        }
        const size = { width: toWidth, height: toHeight };
        expect(distance(resizedCrop(image, box, size), resize(cropped, size))).toBe(0);
      },
    ),
  );
});

test('arguments are left alone, and flipping twice changes nothing', () => {
  const image = imageOf(fixture.resizes[5]!.image); // with alpha
  const before = image.data.slice();
  resize(image, { width: 3, height: 3 });
  expect(distance(flipHorizontal(flipHorizontal(image)), image)).toBe(0);
  expect(image.data).toEqual(before);
});

describe('errors', () => {
  const image = { width: 4, height: 3, channels: 3, data: new Uint8Array(36) } as const;

  test.each([
    [
      () => resize(image, { width: 0, height: 2 }),
      'width must be a positive integer; received 0. Give the size of the result in pixels: 256 for a square, or { width, height }.',
    ],
    [
      () => resize(image, { width: 2, height: 2, box: { left: 0, top: 0, right: 5, bottom: 3 } }),
      'box must be a box with an area inside the 4 x 3 image; received left 0, top 0, right 5, bottom 3. Clip the box to the image first.',
    ],
    [
      () => resize(image, { width: 2, height: 2, box: { left: NaN, top: 0, right: 4, bottom: 3 } }),
      'box must be a box with an area inside the 4 x 3 image; received left NaN, top 0, right 4, bottom 3. Clip the box to the image first.',
    ],
    [
      () => resize({ ...image, width: 5 }, { width: 2, height: 2 }),
      'image.data must be height * width * channels = 45 values; received 36. Pass the raw, interleaved pixels of the whole image.',
    ],
    [
      () => resize({ ...image, channels: 2 as 3 }, { width: 2, height: 2 }),
      'image.channels must be one of 1, 3, 4; received 2. Convert with toRgb.',
    ],
    [
      () => crop(image, { left: 1.5, top: 0, width: 1, height: 1 }),
      'box must be whole pixels inside the 4 x 3 image; received left 1.5, top 0, width 1, height 1. Clip the box to the image first.',
    ],
    [
      () => resizedCrop(image, { left: 2, top: 0, width: 3, height: 1 }, { width: 2, height: 2 }),
      'box must be whole pixels inside the 4 x 3 image; received left 2, top 0, width 3, height 1. Clip the box to the image first.',
    ],
    [
      () => centerCrop(image, { width: 4, height: 4 }),
      "size must be at most the image's 4 x 3; received 4 x 4. Resize the shorter side first.",
    ],
  ])('%#', (call, message) => {
    expect(call).toThrow(message);
  });
});
