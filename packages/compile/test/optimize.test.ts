import type { NdArray, Tree } from '@m3ae/tree';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { compile, valueAndGradients } from '../src/index.js';
import { encodeModel } from '../src/ir/to-onnx.js';
import { createValue, int, type Graph, type Node } from '../src/ir/graph.js';
import { optimize, passes, standardPasses } from '../src/optimize/index.js';
import { removeDeadNodes } from '../src/optimize/remove-nodes.js';
import { shareNodes } from '../src/optimize/simplify.js';
import { trace } from '../src/trace/trace.js';
import { floats } from './support/arrays.js';

const matrix = floats([3, 4]);
const square = floats([4, 4], -1, 1, 2);

/** Operators of the optimized graph of a function, in order. */
function operators(fn: (...args: never[]) => unknown, args: readonly NdArray[], list = passes): string[] {
  return optimize(trace(fn, args, 'fn').graph, list).nodes.map(({ op }) => op);
}

type Case = readonly [name: string, fn: (x: tf.Tensor, y: tf.Tensor) => unknown, expected: readonly string[]];

const cases: readonly Case[] = [
  ['x + 0 is x', (x) => tf.add(tf.neg(x), 0), ['Neg']],
  ['an argument + 0 is not the argument, which may be -0', (x) => tf.neg(tf.add(x, 0)), ['Add', 'Neg']],
  ['x * 1 is x, with a full tensor of ones too', (x) => tf.neg(tf.mul(x, tf.ones([3, 4]))), ['Neg']],
  ['x - 0 and x / 1 are x', (x) => tf.neg(tf.div(tf.sub(x, tf.zeros([3, 4])), 1)), ['Neg']],
  ['0 - x is not x', (x) => tf.sub(0, x), ['Sub']],
  ['1 / x is not x', (x) => tf.div(1, x), ['Div']],
  ['a factor of ones that broadcasts leaves the broadcast', (x) => tf.mul(x, tf.ones([2, 3, 4])), ['Expand']],
  [
    'a broadcast before an operator that broadcasts goes',
    (x) => tf.add(tf.neg(x), tf.mul(tf.sum(x, 1, true), tf.ones([3, 4]))),
    ['Neg', 'ReduceSum', 'Add'],
  ],
  ['a sum of all squares is one node', (x) => tf.sum(tf.square(tf.neg(x))), ['Neg', 'ReduceSumSquare']],
  ['a sum of some squares is not', (x) => tf.sum(tf.square(tf.neg(x)), 0), ['Neg', 'Mul', 'ReduceSum']],
  [
    'squares that are wanted themselves stay',
    (x) => {
      const squares = tf.square(tf.neg(x));
      return [squares, tf.sum(squares)];
    },
    ['Neg', 'Mul', 'ReduceSum'],
  ],
  [
    'a factor of the step joins the constants that follow it',
    (x, y) => {
      const scaled = tf.mul(x, tf.sum(y));
      return [tf.mul(scaled, 0.5), tf.square(tf.mul(scaled, 0.25))];
    },
    ['ReduceSum', 'Mul', 'Mul', 'Mul', 'Mul', 'Mul'], // two of scalars, two of tables, one square
  ],
  [
    'a scaled table that is wanted itself stays',
    (x, y) => {
      const scaled = tf.mul(x, tf.sum(y));
      return [scaled, tf.mul(scaled, 0.5)];
    },
    ['ReduceSum', 'Mul', 'Mul'],
  ],
  [
    'a constant that could overflow is not joined',
    (x, y) => tf.mul(tf.mul(x, tf.sum(y)), 2 ** 60),
    ['ReduceSum', 'Mul', 'Mul'],
  ],
  ['Reshape of Reshape is one', (x) => tf.reshape(tf.reshape(x, [12]), [2, 6]), ['Reshape']],
  ['Reshape there and back is nothing', (x) => tf.neg(tf.reshape(tf.reshape(x, [12]), [3, 4])), ['Neg']],
  [
    'Transpose of Transpose is one',
    (x) => tf.transpose(tf.transpose(tf.reshape(x, [3, 2, 2]), [1, 2, 0]), [1, 2, 0]),
    ['Reshape', 'Transpose'],
  ],
  ['Transpose there and back is nothing', (x) => tf.neg(tf.transpose(tf.transpose(x))), ['Neg']],
  [
    'Cast of Cast from bool is one',
    (x) => tf.cast(tf.cast(tf.greater(x, 0), 'int32'), 'float32'),
    ['Greater', 'Cast'],
  ],
  [
    'Cast through int32 cuts off digits, and stays',
    (x) => tf.cast(tf.cast(x, 'int32'), 'float32'),
    ['Cast', 'Cast'],
  ],
  [
    'equal nodes are computed once',
    (x) => tf.mul(tf.exp(tf.neg(x)), tf.exp(tf.neg(x))),
    ['Neg', 'Exp', 'Mul'],
  ],
  [
    'nodes that differ in an attribute alone are not equal',
    (x) => tf.add(tf.leakyRelu(x, 0.1), tf.leakyRelu(x, 0.2)),
    ['LeakyRelu', 'LeakyRelu', 'Add'],
  ],
  ['arithmetic of constants is done', (x) => tf.mul(x, tf.sqrt(tf.div(tf.scalar(8), 2))), ['Mul']],
  ['what nobody needs goes', (x) => [tf.exp(x), tf.neg(x)][1], ['Neg']],
  ['transpositions go into products', (x, y) => tf.matMul(y, tf.transpose(x)), ['FusedMatMul']],
  ['from the left and from the right', (x, y) => tf.matMul(x, y, true, true), ['FusedMatMul']],
  [
    'other transpositions stay',
    (x, y) => tf.matMul(tf.reshape(y, [2, 2, 4]), tf.transpose(tf.reshape(x, [3, 2, 2]), [1, 2, 0])),
    ['Reshape', 'Reshape', 'Transpose', 'MatMul'],
  ],
];

test.each(cases)('%s', (_, fn, expected) => {
  expect(operators(fn, fn.length < 2 ? [matrix] : [matrix, square])).toEqual(expected);
});

const product = (x: tf.Tensor, y: tf.Tensor) => tf.matMul(y, x, false, true);

test('standard passes keep to the ONNX standard', () => {
  expect(operators(product, [matrix, square], standardPasses)).toEqual(['Transpose', 'MatMul']);
});

const loss = (params: Tree<tf.Tensor>, x: tf.Tensor) =>
  valueAndGradients((p: Tree<tf.Tensor>) => {
    const { kernel, bias } = p as { kernel: tf.Tensor; bias: tf.Tensor };
    const hidden = tf.tanh(tf.add(tf.matMul(x, kernel), bias));
    const centered = tf.sub(hidden, tf.mean(hidden, -1, true));
    return { value: tf.mean(tf.square(tf.softmax(tf.matMul(centered, x, true)))) as tf.Scalar };
  }, params);

test('passes change no result', async () => {
  const args = [{ kernel: square, bias: floats([4]) }, matrix] as const;
  const plain = trace(loss as never, args, 'loss');
  expect(optimize(plain.graph).nodes.length).toBeLessThan(plain.graph.nodes.length);
  const optimized = await compile(loss)(...(args as never as [Tree<NdArray>, NdArray]));
  const { InferenceSession, Tensor } = await import('onnxruntime-node');
  const session = await InferenceSession.create(encodeModel(plain.graph));
  const feed = ({ shape, data }: NdArray) => new Tensor('float32', data as Float32Array, shape);
  const results = await session.run({
    '0.kernel': feed(square),
    '0.bias': feed(args[0].bias),
    '1': feed(matrix),
  });
  const { kernel } = optimized.gradients as { kernel: NdArray };
  kernel.data.forEach((each, i) =>
    expect((results['output.gradients.kernel']!.data as Float32Array)[i]).toBeCloseTo(each, 6),
  );
});

describe('graphs with bodies', () => {
  const outside = createValue([2], 'float32');
  const input = createValue([3, 2], 'float32', 'x');
  const [slice, sum] = [createValue([2], 'float32'), createValue([2], 'float32')];
  const body: Graph = {
    inputs: [slice],
    outputs: [sum],
    nodes: [{ op: 'Add', inputs: [slice, outside], outputs: [sum], attributes: {} }],
    constants: new Map(),
  };
  const output = createValue([3, 2], 'float32', 'y');
  const scan: Node = {
    op: 'Scan',
    inputs: [input],
    outputs: [output],
    attributes: { num_scan_inputs: int(1) },
    subgraphs: { body },
  };
  const weight = createValue([2], 'float32');
  const negated: Node = { op: 'Neg', inputs: [weight], outputs: [outside], attributes: {} };
  const graph: Graph = {
    inputs: [input],
    outputs: [output],
    nodes: [negated, scan],
    constants: new Map([[weight, Float32Array.of(-1, -2)]]),
  };

  test('what only a body reads is kept', () => {
    expect(removeDeadNodes(graph).nodes).toEqual([negated, scan]);
    expect(removeDeadNodes(graph).constants.size).toBe(1);
  });

  test('a value replaced outside is replaced inside', () => {
    const again = createValue([2], 'float32');
    const twice: Graph = { ...graph, nodes: [{ ...negated, outputs: [again] }, negated, scan] };
    const shared = removeDeadNodes(shareNodes(twice));
    expect(shared.nodes.map(({ op }) => op)).toEqual(['Neg', 'Scan']);
    expect(shared.nodes[1]!.subgraphs!.body!.nodes[0]!.inputs[1]).toBe(again);
  });

  test('they run', async () => {
    const { InferenceSession, Tensor } = await import('onnxruntime-node');
    const session = await InferenceSession.create(encodeModel(optimize(graph)));
    const x = new Tensor('float32', Float32Array.of(0, 0, 1, 1, 2, 2), [3, 2]);
    expect([...((await session.run({ x })).y!.data as Float32Array)]).toEqual([1, 2, 2, 3, 3, 4]);
  });
});
