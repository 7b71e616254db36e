import * as tf from '@tensorflow/tfjs-core';
import { floats, integers, truths } from './arrays.js';
import type { Case } from './cases.js';

const table = floats([6, 3]);
const ids = integers([2, 4], 0, 6);
const cube = floats([2, 5, 3]);

/** Operations that look up and store by index. */
export const indexingCases: readonly Case[] = [
  { name: 'gather of rows', run: (t, i) => tf.gather(t, i), inputs: [table, integers([4], 0, 6)] },
  {
    name: 'gather by a matrix of ids',
    run: (t, i) => tf.gather(t, i),
    inputs: [table, ids],
    gradients: false,
  },
  {
    name: 'gather of the middle axis',
    run: (t, i) => tf.gather(t, i, 1),
    inputs: [cube, integers([4], 0, 5)],
  },
  {
    name: 'gather of the last axis',
    run: (t, i) => tf.gather(t, i, -1),
    inputs: [cube, integers([4], 0, 3)],
  },
  {
    name: 'gather by batch',
    run: (t, i) => tf.gather(t, i, 1, 1),
    inputs: [cube, integers([2, 4], 0, 5)],
    gradients: false,
  },
  {
    name: 'gather by batch of a later axis',
    run: (t, i) => tf.gather(t, i, 2, 1),
    inputs: [cube, integers([2, 4], 0, 3)],
    gradients: false,
  },
  {
    name: 'gather by batch, several ids',
    run: (t, i) => tf.gather(t, i, 1, 1),
    inputs: [cube, integers([2, 2, 2], 0, 5)],
    gradients: false,
  },
  {
    name: 'gather of int32',
    run: (t, i) => tf.gather(t, i),
    inputs: [integers([6], 0, 9), ids],
    gradients: false,
  },
  { name: 'gather of bool', run: (t, i) => tf.gather(t, i), inputs: [truths([6]), ids], gradients: false },
  {
    name: 'gatherND',
    run: (t, i) => tf.gatherND(t, i),
    inputs: [cube, integers([4, 2], 0, 2)],
    gradients: false,
  },
  {
    name: 'scatterND, adding duplicates',
    run: (i, u) => tf.scatterND(i, u, [4, 3]),
    inputs: [integers([7, 1], 0, 4), floats([7, 3])],
    gradients: false,
  },
  {
    name: 'scatterND of single elements',
    run: (i, u) => tf.scatterND(i, u, [2, 3]),
    inputs: [integers([5, 2], 0, 2), floats([5])],
    gradients: false,
  },
  {
    name: 'unsortedSegmentSum',
    run: (t, i) => tf.unsortedSegmentSum(t, i as tf.Tensor1D, 4),
    inputs: [table, integers([6], 0, 4)],
  },
  {
    name: 'unsortedSegmentSum, ids outside dropped',
    run: (t, i) => tf.unsortedSegmentSum(t, i as tf.Tensor1D, 3),
    inputs: [table, integers([6], -1, 5)],
    gradients: false,
  },
  { name: 'oneHot', run: (i) => tf.oneHot(i, 6), inputs: [ids], gradients: false },
  {
    name: 'oneHot with values and ids outside',
    run: (i) => tf.oneHot(i, 3, 0.9, 0.1, 'float32'),
    inputs: [integers([6], -1, 5)],
    gradients: false,
  },
  {
    name: 'oneHot of float32',
    run: (i, t) => tf.mul(tf.oneHot(i, 3, 1, 0, 'float32'), t),
    inputs: [integers([6], 0, 3), table],
  },
  {
    name: 'tensorScatterUpdate',
    run: (t, i, u) => tf.tensorScatterUpdate(t, i, u),
    inputs: [table, { shape: [2, 1], data: Int32Array.of(4, 1) }, floats([2, 3], -1, 1, 5)],
    gradients: false,
  },
];
