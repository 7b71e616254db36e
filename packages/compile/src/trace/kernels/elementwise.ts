import type { ClipByValueAttrs, LeakyReluAttrs, StepAttrs } from '@tensorflow/tfjs-core';
import { float, type Attribute, type Value } from '../../ir/graph.js';
import type { GraphBuilder } from '../../ir/builder.js';
import type { Emitter, Emitters } from '../emitter.js';
import { binaryNode, clipNode } from './arithmetic.js';
import { result } from './shapes.js';

/** One ONNX operator on float32 tensors. Other element types pass through float32 and come back. */
function unaryNode(
  graph: GraphBuilder,
  op: string,
  x: Value,
  attributes: Record<string, Attribute> = {},
): Value {
  const y = graph.node(op, [graph.cast(x, 'float32')], result(x.shape, 'float32'), { attributes });
  return graph.cast(y, x.dtype);
}

const unary =
  (op: string): Emitter =>
  ({ graph, input }) =>
    unaryNode(graph, op, input('x'));

/** Operators that ONNX Runtime has for integers too. */
const anyNumber =
  (op: string): Emitter =>
  ({ graph, input }) =>
    graph.node(op, [input('x')], result(input('x').shape, input('x').dtype));

/** Operators that leave integers as they are. */
const rounding =
  (op: string): Emitter =>
  ({ graph, input }) =>
    input('x').dtype === 'float32' ? unaryNode(graph, op, input('x')) : input('x');

/**
 * log(1 + x) without losing small x: with u = fl(1 + x), log(u) * x / (u - 1) is right to the last bits,
 * because the rounding of u cancels; where u is x, it is log(x), infinite for an infinite x. Source: Kahan's trick, as in HP-15C Advanced Functions Handbook, 1982.
 */
const log1p: Emitter = ({ graph, input }) => {
  const x = input('x');
  const one = graph.fill(1, [], 'float32');
  const u = binaryNode(graph, 'Add', x, one);
  const isOne = graph.node('Equal', [u, one], result(x.shape, 'bool'));
  const isLarge = graph.node('Equal', [u, x], result(x.shape, 'bool'));
  const quotient = binaryNode(graph, 'Div', x, binaryNode(graph, 'Sub', u, one));
  const correction = graph.node('Where', [isLarge, one, quotient], result(x.shape, 'float32'));
  const corrected = binaryNode(graph, 'Mul', unaryNode(graph, 'Log', u), correction);
  return graph.node('Where', [isOne, x, corrected], result(x.shape, 'float32'));
};

/** exp(x) - 1 = tanh(x / 2) * (exp(x) + 1), which keeps the digits of small x. */
const expm1: Emitter = ({ graph, input }) => {
  const x = input('x');
  const half = binaryNode(graph, 'Mul', x, graph.fill(0.5, [], 'float32'));
  const sum = binaryNode(graph, 'Add', unaryNode(graph, 'Exp', x), graph.fill(1, [], 'float32'));
  return binaryNode(graph, 'Mul', unaryNode(graph, 'Tanh', half), sum);
};

const clip: Emitter = ({ graph, input, attributes }) => {
  const { clipValueMin, clipValueMax } = attributes<ClipByValueAttrs>();
  return clipNode(graph, input('x'), clipValueMin, clipValueMax);
};

/** 1 where x is positive, else alpha; what is no number stays so. */
const step: Emitter = ({ graph, input, attributes }) => {
  const x = input('x');
  const { alpha = 0 } = attributes<Partial<StepAttrs>>();
  const positive = graph.node('Greater', [x, graph.fill(0, [], x.dtype)], result(x.shape, 'bool'));
  const choices = [graph.fill(1, [], x.dtype), graph.fill(alpha, [], x.dtype)];
  const same = result(x.shape, x.dtype);
  const y = alpha === 0 ? graph.cast(positive, x.dtype) : graph.node('Where', [positive, ...choices], same);
  if (x.dtype !== 'float32') return y;
  const isNumber = graph.node('Equal', [x, x], result(x.shape, 'bool')); // an operation that fused chains have, too
  return graph.node('Where', [isNumber, y, x], same);
};

const eluGradient: Emitter = ({ graph, input }) => {
  const [dy, y] = [input('dy'), input('y')];
  const positive = graph.node('GreaterOrEqual', [y, graph.fill(0, [], 'float32')], result(y.shape, 'bool'));
  const negativeSide = binaryNode(
    graph,
    'Mul',
    dy,
    binaryNode(graph, 'Add', y, graph.fill(1, [], 'float32')),
  );
  return graph.node('Where', [positive, dy, negativeSide], result(y.shape, 'float32'));
};

const direct = [
  'Exp',
  'Log',
  'Sqrt',
  'Tanh',
  'Sigmoid',
  'Erf',
  'Reciprocal',
  'Softplus',
  'Elu',
  'Selu',
  'Sin',
  'Cos',
  'Tan',
];
const inverse = ['Sinh', 'Cosh', 'Asin', 'Acos', 'Atan', 'Asinh', 'Acosh', 'Atanh'];

/** Kernels of one tensor, element by element. */
export const elementwise: Emitters = {
  ...Object.fromEntries([...direct, ...inverse].map((name) => [name, unary(name)])),
  Abs: anyNumber('Abs'),
  Neg: anyNumber('Neg'),
  Sign: anyNumber('Sign'),
  Floor: rounding('Floor'),
  Ceil: rounding('Ceil'),
  Round: rounding('Round'),
  Log1p: log1p,
  Expm1: expm1,
  Rsqrt: ({ graph, input }) => unaryNode(graph, 'Reciprocal', unaryNode(graph, 'Sqrt', input('x'))),
  Square: ({ graph, input }) => binaryNode(graph, 'Mul', input('x'), input('x')),
  Relu: anyNumber('Relu'),
  Relu6: ({ graph, input }) => clipNode(graph, input('x'), 0, 6),
  LeakyRelu: ({ graph, input, attributes }) =>
    unaryNode(graph, 'LeakyRelu', input('x'), { alpha: float(attributes<LeakyReluAttrs>().alpha) }),
  EluGrad: eluGradient,
  ClipByValue: clip,
  Step: step,
};
