import { expect, test } from 'vitest';
import { viewsOf } from '../src/reconstruction/rebuilt.js';
import { imageOf } from '../src/reconstruction.js';

test('the composite takes visible patches from the picture and hidden ones from the prediction', () => {
  const layout = {
    size: 4,
    patchSize: 2,
    mean: [0.5, 0.5, 0.5],
    std: [0.25, 0.25, 0.25],
    normalizeTargets: false,
  };
  const original = new Float32Array(4 * 12).fill(1);
  const prediction = new Float32Array(4 * 12).fill(-1);
  const { rebuilt, hidden, error } = viewsOf(original, prediction, [0, 1, 0, 1], layout);
  expect(error).toBeCloseTo(4); // (1 - -1)², over the hidden patches alone
  expect([...rebuilt.subarray(0, 12)]).toEqual(new Array(12).fill(1));
  expect([...rebuilt.subarray(12, 24)]).toEqual(new Array(12).fill(-1));
  expect([...hidden.subarray(24, 36)]).toEqual(new Array(12).fill(1));
  const image = imageOf(rebuilt, layout);
  // Pixel (0, 0): 1 * .25 + .5 = .75; pixel (0, 2) lies in patch 1: -1 * .25 + .5 = .25.
  expect([image.data[0], image.data[6]]).toEqual([191, 64]);
});

test('with targets normalized by patch the prediction is brought back to the patch', () => {
  const layout = { size: 2, patchSize: 2, mean: [0, 0, 0], std: [1, 1, 1], normalizeTargets: true };
  const original = Float32Array.from({ length: 12 }, (_, i) => i);
  // Mean 5.5, unbiased variance 13; a perfect prediction is (x - 5.5) / sqrt(13 + 1e-6).
  const prediction = original.map((value) => (value - 5.5) / Math.sqrt(13 + 1e-6));
  const { rebuilt, error } = viewsOf(original, prediction, [1], layout);
  expect(error).toBeLessThan(1e-10);
  rebuilt.forEach((value, i) => expect(value).toBeCloseTo(i, 4));
});
