import * as tf from '@tensorflow/tfjs-core';
import { floats, integers, truths } from './arrays.js';
import type { Case } from './cases.js';

const x = floats([2, 3, 4]);

type Reduce = (t: tf.Tensor, axis?: number | number[], keepDims?: boolean) => tf.Tensor;

const reductions: readonly (readonly [string, Reduce])[] = [
  ['sum', tf.sum],
  ['mean', tf.mean],
  ['max', tf.max],
  ['min', tf.min],
];

/** Operations that look along axes. */
export const reductionCases: readonly Case[] = [
  ...reductions.flatMap(([name, run]): Case[] => [
    { name: `${name} of everything`, run: (t) => run(t), inputs: [x] },
    { name: `${name} of the last axis`, run: (t) => run(t, -1), inputs: [x] },
    { name: `${name} of two axes, kept`, run: (t) => run(t, [0, 2], true), inputs: [x] },
    { name: `${name} of a scalar`, run: (t) => run(t), inputs: [floats([])] },
    { name: `${name} of int32`, run: (t) => run(t, 1), inputs: [integers([2, 3], -4, 5)], gradients: false },
  ]),
  // tfjs's own gradients of prod, and of cumsum along any axis but the last of few, fail.
  { name: 'prod', run: (t) => tf.prod(t), inputs: [x], gradients: false },
  { name: 'prod of an axis', run: (t) => tf.prod(t, 1, true), inputs: [x], gradients: false },
  { name: 'prod of int32', run: (t) => tf.prod(t, 1), inputs: [integers([2, 3], -4, 5)], gradients: false },
  { name: 'cumsum of a vector', run: (t) => tf.cumsum(t), inputs: [floats([5])] },
  { name: 'sum of bool', run: (t) => tf.sum(t), inputs: [truths([7])], gradients: false },
  { name: 'mean of bool', run: (t) => tf.mean(t), inputs: [truths([7])], gradients: false },
  { name: 'all', run: (t) => tf.all(t, 1), inputs: [truths([4, 2])], gradients: false },
  { name: 'any', run: (t) => tf.any(t), inputs: [truths([4, 2])], gradients: false },
  { name: 'argMax', run: (t) => tf.argMax(t, -1), inputs: [x], gradients: false },
  {
    name: 'argMax of the first axis',
    run: (t) => tf.argMax(t, 0),
    inputs: [integers([5, 2], 0, 3)],
    gradients: false,
  },
  { name: 'argMin', run: (t) => tf.argMin(t, 1), inputs: [x], gradients: false },
  {
    name: 'softmax of the last axis',
    run: (t) => tf.softmax(t, 2),
    inputs: [x],
  },
  { name: 'logSumExp', run: (t) => tf.logSumExp(t, 1), inputs: [x] },
  { name: 'moments', run: (t) => Object.values(tf.moments(t, -1)) as tf.Tensor[], inputs: [x] },
  { name: 'norm', run: (t) => tf.norm(t, 'euclidean', -1), inputs: [x] },
  { name: 'cumsum', run: (t) => tf.cumsum(t, 1), inputs: [x], gradients: false },
  { name: 'cumsum, exclusive', run: (t) => tf.cumsum(t, 2, true), inputs: [x], gradients: false },
  { name: 'cumsum, reversed', run: (t) => tf.cumsum(t, 0, false, true), inputs: [x], gradients: false },
  { name: 'cumprod', run: (t) => tf.cumprod(t, 2), inputs: [x], gradients: false },
  {
    name: 'cumprod, exclusive and reversed',
    run: (t) => tf.cumprod(t, 2, true, true),
    inputs: [x],
    gradients: false,
  },
  { name: 'topk', run: (t) => Object.values(tf.topk(t, 2)) as tf.Tensor[], inputs: [x], gradients: false },
];
