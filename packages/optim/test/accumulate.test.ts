import {
  mean,
  mul,
  neg,
  scalar,
  square,
  sub,
  tensor1d,
  memory,
  tidy,
  type Scalar,
} from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { faultsOf } from '../../errors/test/faults-of.js';
import { accumulateGradients, addGradients, initGradientSum, meanGradients } from '../src/index.js';
import { array, largestDifference, toNumbers, toTensors } from './support.js';

// One number w fitted to the targets y: loss = mean (y - w)², gradient = mean -2 (y - w).
const w = 0.3;
const gradientsOf = (targets: number[]) => {
  const gap = sub(tensor1d(targets), scalar(w));
  return {
    value: mean(square(gap)) as Scalar,
    gradients: { w: mul(neg(mean(gap)), scalar(2)) },
    weight: targets.length,
  };
};

const parts = fc.array(fc.array(fc.float({ min: -4, max: 4, noNaN: true }), { minLength: 1, maxLength: 6 }), {
  minLength: 1,
  maxLength: 6,
});

test('parts of any size give loss and gradient of the whole', () => {
  fc.assert(
    fc.property(parts, (batches) => {
      const all = batches.flat();
      const loss = all.reduce((total, y) => total + (y - w) ** 2, 0) / all.length;
      const slope = all.reduce((total, y) => total - 2 * (y - w), 0) / all.length;
      const { value, gradients } = accumulateGradients(batches, gradientsOf);
      expect(Math.abs(value.dataSync()[0]! - loss)).toBeLessThan(1e-5);
      expect(Math.abs(toNumbers(gradients).w![0]! - slope)).toBeLessThan(1e-5);
    }),
  );
});

test('the same between the runs of a micro-step, with weights as tensors or numbers', () => {
  fc.assert(
    fc.property(parts, (batches) => {
      const all = batches.flat();
      const slope = all.reduce((total, y) => total - 2 * (y - w), 0) / all.length;
      const empty = initGradientSum({ w: array([0], []) });
      expect(empty).toEqual({ sum: { w: array([0], []) }, weight: array([0], []) });
      let total = toTensors(empty as never) as never as Parameters<typeof meanGradients>[0];
      for (const [i, batch] of batches.entries()) {
        const { gradients, weight } = gradientsOf(batch);
        total = addGradients(total, gradients, i % 2 ? weight : scalar(weight));
      }
      expect(Math.abs(toNumbers(meanGradients(total)).w![0]! - slope)).toBeLessThan(1e-5);
    }),
  );
});

test('equal parts need no weights: the mean of the means, as the reference adds g / k', () => {
  const unweighted = (targets: number[]) => ({ ...gradientsOf(targets), weight: undefined });
  const batches = [
    [1, 2],
    [3, 5],
    [-1, 0],
  ];
  const whole = toNumbers(gradientsOf(batches.flat()).gradients).w!;
  expect(
    largestDifference(toNumbers(accumulateGradients(batches, unweighted).gradients).w!, whole),
  ).toBeLessThan(1e-6);
});

test('nothing is left behind, and no part is refused', () => {
  const before = memory().numTensors;
  const { value, gradients } = accumulateGradients([[1, 2], [3]], (targets) =>
    tidy(() => gradientsOf(targets)),
  );
  expect(memory().numTensors).toBe(before + 2);
  value.dispose();
  (gradients as { w: Scalar }).w.dispose();
  expect(faultsOf(() => accumulateGradients([], gradientsOf))).toMatchObject([{ path: 'microBatches' }]);
});
