import * as tf from '@tensorflow/tfjs-core';
import { array, floats, integers, truths } from './arrays.js';
import type { Case } from './cases.js';

const a = floats([2, 3], -2, 2, 1);
const b = floats([2, 3], -2, 2, 2);
const positive = floats([2, 3], 0.5, 3, 3);
const row = floats([3], 0.5, 2, 4);
const column = floats([2, 1], 0.5, 2, 5);
const scalar = floats([], 0.5, 2, 6);
const whole = integers([2, 3], -7, 8, 7);
const wholeOther = integers([2, 3], 1, 5, 8);
const yes = truths([2, 3], 9);
const no = truths([2, 3], 10);

const matMul = (x: tf.Tensor, y: tf.Tensor) => tf.matMul(x, y);

type Binary = (x: tf.Tensor, y: tf.Tensor) => tf.Tensor;

const everywhere: readonly (readonly [string, Binary])[] = [
  ['add', tf.add],
  ['sub', tf.sub],
  ['mul', tf.mul],
  ['div', tf.div],
];

const limits: readonly (readonly [string, Binary])[] = [
  ['maximum', tf.maximum],
  ['minimum', tf.minimum],
];

const comparisons: readonly (readonly [string, Binary])[] = [
  ['equal', tf.equal],
  ['notEqual', tf.notEqual],
  ['greater', tf.greater],
  ['greaterEqual', tf.greaterEqual],
  ['less', tf.less],
  ['lessEqual', tf.lessEqual],
];

/** Operations on two tensors, and choices between them. */
export const arithmeticCases: readonly Case[] = [
  ...everywhere.flatMap(([name, run]): Case[] => [
    { name: `${name} of equal shapes`, run, inputs: [a, positive] },
    { name: `${name} of a row`, run, inputs: [a, row] },
    { name: `${name} of a column, from the left`, run, inputs: [column, a] },
    { name: `${name} of a scalar`, run, inputs: [a, scalar] },
    { name: `${name} of int32`, run, inputs: [whole, wholeOther], gradients: false },
    { name: `${name} of int32 and float32`, run, inputs: [whole, positive], gradients: false },
  ]),
  ...comparisons.flatMap(([name, run]): Case[] => [
    { name: `${name} of float32`, run, inputs: [a, row], gradients: false },
    { name: `${name} of int32`, run, inputs: [whole, wholeOther], gradients: false },
    { name: `${name} of bool`, run, inputs: [yes, no], gradients: false },
  ]),
  ...limits.flatMap(([name, run]): Case[] => [
    { name: `${name} of equal shapes`, run, inputs: [a, positive] },
    // tfjs's gradient of these does not broadcast.
    { name: `${name} of a row`, run, inputs: [a, row], gradients: false },
    { name: `${name} of int32`, run, inputs: [whole, wholeOther], gradients: false },
  ]),
  { name: 'pow', run: tf.pow, inputs: [positive, b] },
  { name: 'pow of a scalar exponent', run: (x) => tf.pow(x, 3), inputs: [a] },
  { name: 'pow of int32', run: tf.pow, inputs: [wholeOther, integers([2, 3], 0, 4, 11)], gradients: false },
  { name: 'squaredDifference', run: tf.squaredDifference, inputs: [a, b] },
  { name: 'mod', run: tf.mod, inputs: [a, floats([2, 3], 0.5, 1, 12)], gradients: false },
  {
    name: 'mod of a negative divisor',
    run: tf.mod,
    inputs: [a, floats([2, 3], -1, -0.5, 13)],
    gradients: false,
  },
  {
    name: 'mod keeps the digits of a small dividend',
    run: (t, u) => tf.mul(tf.mod(t, u), 1000),
    inputs: [array([0.001, 0.3, -0.3]), array([1e6, 1, -1e6])],
    tolerance: 1e-6,
    gradients: false,
  },
  { name: 'mod of int32', run: tf.mod, inputs: [whole, wholeOther], gradients: false },
  { name: 'floorDiv of int32', run: tf.floorDiv, inputs: [whole, wholeOther], gradients: false },
  {
    name: 'floorDiv by negative int32',
    run: tf.floorDiv,
    inputs: [whole, integers([2, 3], -4, -1, 14)],
    gradients: false,
  },
  { name: 'floorDiv of float32', run: tf.floorDiv, inputs: [a, positive], gradients: false },
  { name: 'addN', run: (...all) => tf.addN(all), inputs: [a, b, positive] },
  { name: 'prelu', run: tf.prelu, inputs: [a, row], gradients: false },
  { name: 'logicalAnd', run: tf.logicalAnd, inputs: [yes, no], gradients: false },
  { name: 'logicalOr', run: tf.logicalOr, inputs: [yes, no], gradients: false },
  { name: 'logicalXor', run: tf.logicalXor, inputs: [yes, no], gradients: false },
  { name: 'logicalNot', run: tf.logicalNot, inputs: [yes], gradients: false },
  { name: 'where', run: (c, t, e) => tf.where(c, t, e), inputs: [yes, a, b] },
  {
    name: 'where of a broadcast choice',
    run: (c, t, e) => tf.where(c, t, e),
    inputs: [yes, a, scalar],
    gradients: false,
  },
  {
    name: 'where of a vector condition',
    run: (c, t, e) => tf.where(tf.reshape(c, [2, 1]), t, e),
    inputs: [truths([2], 3), a, b],
    gradients: false,
  },
  {
    name: 'where of int32',
    run: (c, t, e) => tf.where(c, t, e),
    inputs: [yes, whole, wholeOther],
    gradients: false,
  },
  { name: 'where of bool', run: (c, t, e) => tf.where(c, t, e), inputs: [yes, no, yes], gradients: false },
  { name: 'matMul', run: matMul, inputs: [floats([4, 3]), floats([3, 5])] },
  {
    name: 'matMul transposed left',
    run: (x, y) => tf.matMul(x, y, true),
    inputs: [floats([3, 4]), floats([3, 5])],
  },
  {
    name: 'matMul transposed right',
    run: (x, y) => tf.matMul(x, y, false, true),
    inputs: [floats([4, 3]), floats([5, 3])],
  },
  {
    name: 'matMul transposed on both sides',
    run: (x, y) => tf.matMul(x, y, true, true),
    inputs: [floats([3, 4]), floats([5, 3])],
  },
  { name: 'matMul of batches', run: matMul, inputs: [floats([2, 2, 4, 3]), floats([2, 2, 3, 5])] },
  {
    name: 'matMul of batches, transposed',
    run: (x, y) => tf.matMul(x, y, true, true),
    inputs: [floats([2, 3, 4]), floats([2, 5, 3])],
  },
  {
    name: 'matMul of a broadcast batch',
    run: matMul,
    inputs: [floats([2, 4, 3]), floats([1, 3, 5])],
    gradients: false,
  },
  {
    name: 'matMul of int32',
    run: matMul,
    inputs: [integers([2, 3], -3, 4), integers([3, 2], -3, 4)],
    gradients: false,
  },
  { name: 'dot', run: tf.dot, inputs: [floats([3], -1, 1, 2), floats([3])] },
  {
    name: 'outerProduct',
    run: (x, y) => tf.outerProduct(x as tf.Tensor1D, y as tf.Tensor1D),
    inputs: [floats([3]), floats([4])],
  },
  ...(['linear', 'relu', 'elu', 'sigmoid', 'relu6', 'leakyrelu'] as const).map((activation): Case => ({
    name: `fused.matMul with bias and ${activation}`,
    run: (x: tf.Tensor, y: tf.Tensor, bias: tf.Tensor) =>
      tf.fused.matMul({
        a: x as tf.Tensor2D,
        b: y as tf.Tensor2D,
        bias,
        activation,
        leakyreluAlpha: 0.1,
        transposeB: true,
      }),
    inputs: [floats([4, 3]), floats([5, 3], -2, 2, 2), floats([5])],
    gradients: false,
  })),
  {
    name: 'einsum',
    run: (x, y) => tf.einsum('bij,bjk->bik', x, y),
    inputs: [floats([2, 3, 4]), floats([2, 4, 2])],
    gradients: false,
  },
];
