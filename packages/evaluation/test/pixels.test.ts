import { expect, test } from 'vitest';
import { pooledPixels, poolingOf } from '../src/features/encoder.js';

test('pixels are averaged over the smallest square that makes few enough numbers', () => {
  expect(poolingOf(36, 8, 3)).toBe(2); // 48 px: 6,912 numbers become 1,728
  expect(poolingOf(256, 8, 3)).toBe(8); // 128 px: 49,152 numbers become 768
  expect(poolingOf(16, 4, 3)).toBe(1);
  expect(poolingOf(4096, 16, 3)).toBe(16);
  // One patch of 2 x 2 pixels in one channel is left alone; values stand for themselves.
  const patches = { shape: [1, 1, 4], data: Float32Array.of(1, 2, 3, 4) };
  expect([...pooledPixels(patches, 2, 1)]).toEqual([1, 2, 3, 4]);
  // 256 patches of 8 x 8 x 3, constant in each channel: averages are that constant.
  const data = Float32Array.from({ length: 256 * 192 }, (_, i) => i % 3);
  const pooled = pooledPixels({ shape: [1, 256, 192], data }, 8, 3);
  expect(pooled.length).toBe(768);
  expect(pooled.every((value, i) => value === i % 3)).toBe(true);
});
