import * as tf from '@tensorflow/tfjs-core';
import { floats, integers, truths } from './arrays.js';
import type { Case } from './cases.js';

const x = floats([2, 3, 4]);
const matrix = floats([3, 4], -2, 2, 2);

/** Operations that move elements. */
export const movementCases: readonly Case[] = [
  { name: 'reshape', run: (t) => tf.reshape(t, [6, -1]), inputs: [x] },
  { name: 'reshape to a scalar', run: (t) => tf.reshape(t, []), inputs: [floats([1, 1])] },
  { name: 'expandDims', run: (t) => tf.expandDims(t, 1), inputs: [x] },
  { name: 'expandDims at the end', run: (t) => tf.expandDims(t, -1), inputs: [x] },
  { name: 'squeeze', run: (t) => tf.squeeze(t, [1]), inputs: [floats([3, 1, 2])] },
  { name: 'transpose', run: (t) => tf.transpose(t, [2, 0, 1]), inputs: [x] },
  { name: 'transpose of all axes', run: (t) => tf.transpose(t), inputs: [x] },
  { name: 'transpose of bool', run: (t) => tf.transpose(t), inputs: [truths([2, 3])], gradients: false },
  { name: 'slice', run: (t) => tf.slice(t, [0, 1, 2], [2, 2, 1]), inputs: [x] },
  { name: 'slice to the end', run: (t) => tf.slice(t, [1, 0, 1], [-1, -1, -1]), inputs: [x] },
  { name: 'slice of bool', run: (t) => tf.slice(t, 1, 2), inputs: [truths([5])], gradients: false },
  {
    name: 'stridedSlice',
    run: (t) => tf.stridedSlice(t, [0, 0, 3], [2, 3, 0], [1, 2, -1]),
    inputs: [x],
    gradients: false,
  },
  {
    name: 'stridedSlice backwards to the start',
    run: (t) => tf.stridedSlice(t, [-1], [-10], [-1]),
    inputs: [floats([5])],
    gradients: false,
  },
  {
    name: 'stridedSlice that drops an axis',
    run: (t) => tf.stridedSlice(t, [1, 0, 0], [2, 3, 4], [1, 1, 1], 0, 0, 0, 0, 1),
    inputs: [x],
    gradients: false,
  },
  { name: 'concat', run: (s, t) => tf.concat([s, t], 1), inputs: [x, floats([2, 2, 4])] },
  { name: 'concat of the last axis', run: (s, t) => tf.concat([s, t], -1), inputs: [x, floats([2, 3, 1])] },
  {
    name: 'concat of int32',
    run: (s, t) => tf.concat([s, t]),
    inputs: [integers([3], 0, 9), integers([2], 0, 9)],
    gradients: false,
  },
  { name: 'split in equal parts', run: (t) => tf.split(t, 2, 2), inputs: [x] },
  { name: 'split in given parts', run: (t) => tf.split(t, [1, 3], -1), inputs: [x] },
  { name: 'stack', run: (s, t) => tf.stack([s, t], 1), inputs: [matrix, floats([3, 4])] },
  { name: 'stack at the end', run: (s, t) => tf.stack([s, t], -1), inputs: [matrix, floats([3, 4])] },
  { name: 'unstack', run: (t) => tf.unstack(t, 1), inputs: [x] },
  { name: 'tile', run: (t) => tf.tile(t, [2, 3]), inputs: [matrix] },
  { name: 'broadcastTo', run: (t) => tf.broadcastTo(t, [2, 3, 4]), inputs: [floats([3, 1])] },
  {
    name: 'broadcastTo of int32',
    run: (t) => tf.broadcastTo(t, [2, 3]),
    inputs: [integers([3], 0, 9)],
    gradients: false,
  },
  {
    name: 'pad',
    run: (t) =>
      tf.pad(
        t,
        [
          [1, 0],
          [2, 3],
        ],
        0.5,
      ),
    inputs: [matrix],
  },
  {
    name: 'pad of int32',
    run: (t) => tf.pad(t, [[1, 2]], 7),
    inputs: [integers([3], 0, 9)],
    gradients: false,
  },
  {
    name: 'mirrorPad',
    run: (t) =>
      tf.mirrorPad(
        t,
        [
          [1, 1],
          [2, 0],
        ],
        'reflect',
      ),
    inputs: [matrix],
    gradients: false,
  },
  { name: 'reverse', run: (t) => tf.reverse(t, [0, 2]), inputs: [x] },
  { name: 'reverse of all axes', run: (t) => tf.reverse(t), inputs: [x] },
];
