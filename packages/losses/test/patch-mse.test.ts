import '@tensorflow/tfjs-backend-cpu';
import {
  memory,
  setBackend,
  tensor2d,
  tensor3d,
  type Tensor3D,
  zeros,
  zerosLike,
} from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { normalizeTargets, patchMse } from '../src/index.js';
import { gradientOf } from './helpers/gradients.js';

beforeAll(() => setBackend('cpu'));
const value = (x: { dataSync(): ArrayLike<number> }) => x.dataSync()[0]!;

// Numbers of the reference's own code; where it gives NaN we give 0.
const output = tensor3d([0, 0, 1, 1, 2, 0, 0, 1, 0, 0, 1, 1], [2, 3, 2]);
test.each<[string, number[][] | undefined, number]>([
  ['all tokens', undefined, 0.75],
  [
    'the last two',
    [
      [0, 1, 1],
      [0, 1, 1],
    ],
    1,
  ],
  [
    'none',
    [
      [0, 0, 0],
      [0, 0, 0],
    ],
    0,
  ],
])('%s', (_, mask, expected) => {
  expect(value(patchMse(output, zerosLike(output), mask && tensor2d(mask)))).toBeCloseTo(expected, 6);
});

// Oracle: one number after the other, in double precision.
function slowMse(prediction: number[][][], target: number[][][], mask: number[][]): number {
  const perExample = prediction.map((patches, b) => {
    let total = 0;
    let counted = 0;
    patches.forEach((patch, j) => {
      if (mask[b]![j] === 0) return;
      counted++;
      total += patch.reduce((sum, x, i) => sum + (x - target[b]![j]![i]!) ** 2, 0) / patch.length;
    });
    return counted === 0 ? 0 : total / counted;
  });
  return perExample.reduce((a, b) => a + b) / perExample.length;
}

const number = fc.float({ min: -4, max: 4, noNaN: true });
const nested = (shape: number[]): fc.Arbitrary<number[][][]> =>
  fc.array(
    fc.array(fc.array(number, { minLength: shape[2]!, maxLength: shape[2]! }), {
      minLength: shape[1]!,
      maxLength: shape[1]!,
    }),
    { minLength: shape[0]!, maxLength: shape[0]! },
  );

test('equals the definition for any mask', () => {
  const bits = fc.array(fc.array(fc.integer({ min: 0, max: 1 }), { minLength: 3, maxLength: 3 }), {
    minLength: 2,
    maxLength: 2,
  });
  fc.assert(
    fc.property(nested([2, 3, 4]), nested([2, 3, 4]), bits, (prediction, target, mask) => {
      const loss = value(patchMse(tensor3d(prediction), tensor3d(target), tensor2d(mask)));
      expect(loss).toBeCloseTo(slowMse(prediction, target, mask), 4);
    }),
    { numRuns: 40 },
  );
});

test('the gradient is 2 (prediction - target) over what was averaged, and 0 elsewhere', () => {
  const mask = tensor2d([
    [1, 0, 1],
    [0, 0, 0],
  ]);
  const gradient = gradientOf(output, (x) => patchMse(x as Tensor3D, zerosLike(output), mask)).dataSync();
  const counts = [1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0];
  output.dataSync().forEach((x, i) => expect(gradient[i]).toBeCloseTo((counts[i]! * 2 * x) / (2 * 2 * 2), 6));
});

test('normalized targets have mean 0 and unbiased variance 1', () => {
  const x = tensor3d([3, 5, 10, 2, -1, 0, 4, 4], [1, 2, 4]);
  const rows = normalizeTargets(x).arraySync()[0]!;
  x.arraySync()[0]!.forEach((row, j) => {
    const mean = row.reduce((a, b) => a + b) / 4;
    const variance = row.reduce((total, v) => total + (v - mean) ** 2, 0) / 3;
    row.forEach((v, i) => expect(rows[j]![i]).toBeCloseTo((v - mean) / Math.sqrt(variance + 1e-6), 5));
  });
  expect(normalizeTargets(zeros([1, 1, 4]) as Tensor3D).arraySync()).toEqual([[[0, 0, 0, 0]]]);
  expect(() => normalizeTargets(zeros([1, 2, 1]) as Tensor3D)).toThrow(
    'patchDim must be at least 2; received 1.',
  );
});

test('shapes are compared, never broadcast', () => {
  expect(() => patchMse(output, zeros([2, 3, 1]) as Tensor3D)).toThrow(
    'target must be [batch, patches, patchDim] = [2,3,2]; received [2,3,1]. Patchify the picture with the patchSize of the model.',
  );
  expect(() => patchMse(output, zerosLike(output), tensor2d([[1, 0, 1]]))).toThrow(
    'mask must be [batch, patches] = [2,3]; received [1,3]. A mask shared by the batch must be broadcast first.',
  );
});

test('nothing is left behind', () => {
  const before = memory().numTensors;
  patchMse(output, output).dispose();
  normalizeTargets(output).dispose();
  expect(memory().numTensors).toBe(before);
});
