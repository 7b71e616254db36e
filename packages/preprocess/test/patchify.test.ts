import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { patchify, unpatchify } from '../src/index.js';

test('a 4 x 4 x 3 image of 0 to 47 gives the patches of the specification, appendix A3', () => {
  const image = Float32Array.from({ length: 48 }, (_, i) => i);
  const patches = patchify(image, { height: 4, width: 4, channels: 3, patchSize: 2 });
  expect([...patches.subarray(0, 12)]).toEqual([0, 1, 2, 3, 4, 5, 12, 13, 14, 15, 16, 17]);
  expect([...patches.subarray(12, 24)]).toEqual([6, 7, 8, 9, 10, 11, 18, 19, 20, 21, 22, 23]);
});

test('every value goes where the index formula says, for oblong images and any patch, and comes back', () => {
  const side = fc.integer({ min: 1, max: 4 });
  const grids = fc.record({
    rows: side,
    columns: side,
    patchSize: fc.integer({ min: 1, max: 5 }),
    channels: side,
  });
  fc.assert(
    fc.property(grids, fc.boolean(), ({ rows, columns, patchSize, channels }, floats) => {
      const grid = { height: rows * patchSize, width: columns * patchSize, channels, patchSize };
      const length = grid.height * grid.width * channels;
      const numbers = Array.from({ length }, (_, i) => i % 251);
      const image = floats ? Float32Array.from(numbers) : Uint8Array.from(numbers);
      const patches = patchify(image, grid);
      expect(patches.constructor).toBe(image.constructor);
      const patchDim = patchSize * patchSize * channels;
      for (let i = 0; i < length; i++) {
        const channel = i % channels;
        const x = Math.floor(i / channels) % grid.width;
        const y = Math.floor(i / channels / grid.width);
        const patch = Math.floor(y / patchSize) * columns + Math.floor(x / patchSize);
        const inside = ((y % patchSize) * patchSize + (x % patchSize)) * channels + channel;
        expect(patches[patch * patchDim + inside]).toBe(image[i]);
      }
      expect(unpatchify(patches, grid)).toEqual(image);
    }),
  );
});

const good = { height: 32, width: 48, channels: 3, patchSize: 16 };

test.each([
  [{ ...good, width: 50 }, 'width must be a multiple of patchSize (16); received 50. The nearest is 48.'],
  [{ ...good, height: 3 }, 'height must be a multiple of patchSize (16); received 3. The nearest is 16.'],
  [{ ...good, patchSize: 0 }, 'patchSize must be a positive integer; received 0. The models use 16.'],
  [
    { ...good, channels: 1.5 },
    'channels must be a positive integer; received 1.5. Write 3 for red, green, blue.',
  ],
  [
    { ...good, height: 64 },
    'image must be height * width * channels = 9216 values; received 4608. Pass one image, without a batch axis.',
  ],
])('%o is refused', (grid, message) => {
  const image = new Uint8Array(32 * 48 * 3);
  expect(() => patchify(image, grid)).toThrow(message);
  expect(() => unpatchify(image, grid)).toThrow(message.replace(/^image/, 'patches'));
});
