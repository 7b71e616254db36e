import { valueAndGradients } from '@m3ae/compile';
import type { NdArray } from '@m3ae/tree';
import {
  add,
  cast,
  greater,
  matMul,
  mean,
  mul,
  scalar,
  type Scalar,
  softmax,
  square,
  sub,
  sum,
  type Tensor2D,
} from '@tensorflow/tfjs-core';

/** [3, 4] */
export const input = (): NdArray => ({
  shape: [3, 4],
  data: Float32Array.from({ length: 12 }, (_, i) => Math.sin(i)),
});

/** A step of gradient descent, and results of every element type. */
export function compute(x: Tensor2D, rate: Scalar) {
  const weights = softmax(matMul(x, x, false, true)); // [3, 3]
  const positive = greater(x, 0);
  const loss = (each: Tensor2D) => ({
    value: mean(square(sub(matMul(each, each, false, true), 1))) as Scalar,
  });
  const { value, gradients } = valueAndGradients(loss, x);
  return {
    mixed: matMul(weights, x),
    positive,
    counts: add(sum(cast(positive, 'int32'), 0), scalar(1, 'int32')),
    loss: value,
    learned: sub(x, mul(gradients, rate)),
  };
}
