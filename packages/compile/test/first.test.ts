import {
  mul,
  sum,
  square,
  matMul,
  relu,
  sub,
  type Tensor2D,
  type Scalar,
  tensor2d,
  mean,
} from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { compile, valueAndGradients } from '../src/index.js';

test('a train step runs', async () => {
  const step = compile(
    (w: Tensor2D, x: Tensor2D, rate: Scalar) => {
      const { value, gradients } = valueAndGradients(
        (p: Tensor2D) => ({ value: mean(square(relu(matMul(x, p)))) as Scalar }),
        w,
      );
      return { w: sub(w, mul(rate, gradients)), loss: value };
    },
    { donate: [0] },
  );
  let w = { shape: [2, 3], data: Float32Array.from([1, 2, 3, 4, 5, 6]) };
  const x = { shape: [2, 2], data: Float32Array.from([1, 0, 0, 1]) };
  for (let i = 0; i < 3; i++) {
    const next = await step(w, x, 0.5);
    console.log(next.loss.data, next.w.data);
    w = next.w as typeof w;
  }
  expect(w.shape).toEqual([2, 3]);
  console.log(step.stats());
});
