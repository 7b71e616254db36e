import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { channelStatistics, normalize, normalizedPatches, patchify } from '../src/index.js';
import { resample } from '../src/resample.js';
import { createPixelKernel, kernelModule } from '../src/pixel-kernel.js';

test('four values at a time give the bytes of plain loops, for any window, box and size', () => {
  expect(createPixelKernel()).toBeDefined();
  const side = fc.integer({ min: 1, max: 40 });
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  const given = fc.record({ width: side, height: side, outWidth: side, outHeight: side, extra: fc.nat(9) });
  fc.assert(
    fc.property(
      given,
      fc.tuple(share, share, share, share),
      fc.infiniteStream(fc.nat(255)),
      (sizes, box, bytes) => {
        const { width, height, outWidth, outHeight, extra } = sizes;
        const rowStride = 3 * width + extra;
        const data = Uint8Array.from({ length: height * rowStride + extra }, () => bytes.next().value!);
        const window = { data, offset: extra, rowStride, width, height, channels: 3 };
        const [left, top] = [box[0] * (width - 0.5), box[1] * (height - 0.5)];
        const right = left + 0.25 + box[2] * (width - left - 0.25);
        const bottom = top + 0.25 + box[3] * (height - top - 0.25);
        const edges = { left, top, right, bottom };
        const plain = resample(window, edges, outWidth, outHeight, true);
        expect(resample(window, edges, outWidth, outHeight)).toEqual(plain);
      },
    ),
    { numRuns: 300 },
  );
});

test('sharp edges, whose sums leave the bytes on both sides, are cut off alike', () => {
  const data = Uint8Array.from({ length: 3 * 16 * 16 }, (_, at) => (Math.floor(at / 12) % 2 ? 255 : 0));
  const window = { data, offset: 0, rowStride: 48, width: 16, height: 16, channels: 3 };
  const whole = { left: 0, top: 0, right: 16, bottom: 16 };
  for (const size of [5, 16, 37, 64])
    expect(resample(window, whole, size, size)).toEqual(resample(window, whole, size, size, true));
});

test('a picture that needs more memory than is kept is left to plain loops', () => {
  const data = new Uint8Array(3 * 6000 * 4000).fill(9);
  const window = { data, offset: 0, rowStride: 18_000, width: 6000, height: 4000, channels: 3 };
  const small = resample(window, { left: 0, top: 0, right: 6000, bottom: 4000 }, 4, 4);
  expect([...new Set(small)]).toEqual([9]);
});

test('patches of a picture that needs more memory than is kept are those of plain loops', () => {
  const side = 2176;
  const data = Uint8Array.from({ length: 3 * side * side }, (_, at) => (at * 7919) >> 5);
  const image = { width: side, height: side, channels: 3, data } as const;
  const { mean, std } = channelStatistics.cc12m;
  const expected = patchify(normalize(image, mean, std), { ...image, patchSize: 16 });
  const patches = normalizedPatches(image, { patchSize: 16, mean, std });
  expect(Buffer.compare(new Uint8Array(patches.buffer), new Uint8Array(expected.buffer))).toBe(0); // item by item it takes minutes
});

test('the module is the one that its source describes', () => {
  const script = fileURLToPath(new URL('../scripts/build-pixel-kernel.mjs', import.meta.url));
  expect(execFileSync(process.execPath, [script], { encoding: 'utf8' }).trim()).toBe(kernelModule);
});
