import * as tf from '@tensorflow/tfjs-core';
import { fill as filled } from '@tensorflow/tfjs-core';
import { array, floats, integers, truths } from './arrays.js';
import type { Case } from './cases.js';

const x = floats([3, 4], -2, 2, 1);
const positive = floats([3, 4], 0.3, 3, 2);
const unit = floats([3, 4], -0.9, 0.9, 3);
const small = array([-3e-7, -1e-4, -0.3, 0, 3e-7, 1e-4, 0.5, 20]);
const special = array([NaN, Infinity, -Infinity, 0, -1.5]);
const halves = array([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 0.3, -0.7]);
const whole = integers([5], -3, 4);

type Unary = (x: tf.Tensor) => tf.Tensor;

const anywhere: readonly (readonly [string, Unary])[] = [
  ['neg', tf.neg],
  ['abs', tf.abs],
  ['exp', tf.exp],
  ['tanh', tf.tanh],
  ['sigmoid', tf.sigmoid],
  ['relu', tf.relu],
  ['relu6', tf.relu6],
  ['erf', tf.erf],
  ['sign', tf.sign],
  ['square', tf.square],
  ['softplus', tf.softplus],
  ['sin', tf.sin],
  ['cos', tf.cos],
  ['tan', tf.tan],
  ['elu', tf.elu],
  ['selu', tf.selu],
  ['sinh', tf.sinh],
  ['cosh', tf.cosh],
  ['atan', tf.atan],
  ['asinh', tf.asinh],
  ['leakyRelu', (t) => tf.leakyRelu(t, 0.1)],
  ['softmax', (t) => tf.softmax(t)],
  ['logSoftmax', (t) => tf.logSoftmax(t)],
  ['clipByValue', (t) => tf.clipByValue(t, -1, 0.5)],
  ['logSigmoid', tf.logSigmoid],
  ['step', (t) => tf.step(t)],
  ['step with alpha', (t) => tf.step(t, 0.25)],
];

/** Operations on one tensor, element by element, and constants. */
export const elementwiseCases: readonly Case[] = [
  ...anywhere.map(([name, run]) => ({ name, run, inputs: [x] })),
  ...(
    [
      ['log', tf.log],
      ['sqrt', tf.sqrt],
      ['rsqrt', tf.rsqrt],
      ['reciprocal', tf.reciprocal],
    ] as const
  ).map(([name, run]) => ({ name, run, inputs: [positive] })),
  ...(
    [
      ['asin', tf.asin],
      ['acos', tf.acos],
      ['atanh', tf.atanh],
    ] as const
  ).map(([name, run]) => ({ name, run, inputs: [unit] })),
  { name: 'acosh', run: tf.acosh, inputs: [floats([4], 1.1, 3)] },
  {
    name: 'log1p of small numbers',
    run: tf.log1p,
    inputs: [array([-3e-7, -1e-4, -0.3, 0, 3e-7, 1e-4, 0.5, 20])],
    tolerance: 1e-6,
  },
  {
    name: 'log1p to the last digits',
    run: (t) => tf.mul(tf.log1p(t), 1e7),
    inputs: [array([3e-8, -3e-7, 4e-6])],
    tolerance: 3e-6,
  },
  {
    name: 'log1p of numbers beside which 1 is nothing',
    run: (t) => tf.div(1, tf.log1p(t)), // 0 for infinity
    inputs: [array([1e10, 3e38, Infinity])],
    tolerance: 1e-6,
    gradients: false,
  },
  { name: 'expm1 of small numbers', run: tf.expm1, inputs: [small], tolerance: 3e-6 },
  {
    name: 'expm1 to the last digits',
    run: (t) => tf.mul(tf.expm1(t), 1e7),
    inputs: [array([3e-8, -3e-7, 4e-6])],
    tolerance: 3e-6,
  },
  { name: 'floor', run: tf.floor, inputs: [halves] },
  { name: 'ceil', run: tf.ceil, inputs: [halves] },
  { name: 'round to even', run: tf.round, inputs: [halves] },
  { name: 'step of special numbers', run: (t) => tf.step(t), inputs: [special] },
  { name: 'step with alpha of special numbers', run: (t) => tf.step(t, 0.25), inputs: [special] },
  { name: 'relu of special numbers', run: tf.relu, inputs: [special] },
  { name: 'isNaN', run: tf.isNaN, inputs: [special], gradients: false },
  { name: 'isInf', run: tf.isInf, inputs: [special], gradients: false },
  { name: 'isFinite', run: tf.isFinite, inputs: [special], gradients: false },
  { name: 'isFinite of int32', run: tf.isFinite, inputs: [whole], gradients: false },
  ...(
    [
      ['neg', tf.neg],
      ['abs', tf.abs],
      ['square', tf.square],
      ['sign', tf.sign],
      ['relu', tf.relu],
    ] as const
  ).map(([name, run]) => ({ name: `${name} of int32`, run, inputs: [whole], gradients: false })),
  { name: 'clipByValue of int32', run: (t) => tf.clipByValue(t, -1, 2), inputs: [whole], gradients: false },
  { name: 'cast float32 to int32', run: (t) => tf.cast(t, 'int32'), inputs: [halves], gradients: false },
  {
    name: 'cast float32 to bool',
    run: (t) => tf.cast(t, 'bool'),
    inputs: [array([0, 1, -2, 0.5])],
    gradients: false,
  },
  { name: 'cast int32 to float32', run: (t) => tf.cast(t, 'float32'), inputs: [whole], gradients: false },
  {
    name: 'cast bool to float32',
    run: (t) => tf.cast(t, 'float32'),
    inputs: [truths([6])],
    gradients: false,
  },
  { name: 'clone', run: (t) => tf.clone(t), inputs: [x] },
  { name: 'zerosLike', run: (t) => tf.add(t, tf.zerosLike(t)), inputs: [x] },
  { name: 'onesLike', run: (t) => tf.mul(t, tf.onesLike(t)), inputs: [x] },
  { name: 'onesLike of int32', run: (t) => tf.onesLike(t), inputs: [whole], gradients: false },
  { name: 'fill', run: (t) => tf.mul(t, filled([3, 4], 2.5, 'float32')), inputs: [x] },
  { name: 'a large fill', run: (t) => tf.mul(t, filled([200, 4], -1.25)), inputs: [floats([200, 4])] },
  {
    name: 'zeros, ones and scalars',
    run: (t) => tf.add(tf.mul(t, tf.ones([3, 4])), tf.add(tf.zeros([3, 4]), tf.scalar(3))),
    inputs: [x],
  },
  { name: 'a constant tensor', run: (t) => tf.mul(t, tf.tensor2d([[1, 2, 3, 4]])), inputs: [x] },
  { name: 'range', run: (t) => tf.mul(t, tf.range(0, 0.4, 0.1)), inputs: [x] },
  {
    name: 'a falling range of int32',
    run: () => tf.range(5, -4, -2, 'int32'),
    inputs: [x],
    gradients: false,
  },
  { name: 'linspace', run: (t) => tf.mul(t, tf.linspace(1, 2, 4)), inputs: [x] },
  { name: 'eye', run: (t) => tf.matMul(t, tf.eye(4)), inputs: [x] },
];
