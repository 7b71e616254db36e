import type {
  CastAttrs,
  ClipByValueAttrs,
  FillAttrs,
  LeakyReluAttrs,
  LinSpaceAttrs,
  RangeAttrs,
  StepAttrs,
} from '@tensorflow/tfjs-core';
import { invalidField } from '@m3ae/errors';
import { type Attribute, type ElementType, float, type Value } from '../../ir/graph.js';
import type { GraphBuilder } from '../../ir/builder.js';
import { elementType, type Emitter, type Emitters, result } from '../emitter.js';
import { algebra, binaryNode, clipNode } from './arithmetic.js';

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
    graph.node(op, [input('x')], input('x'));

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
  const { add, sub, mul, div } = algebra(graph);
  const x = input('x');
  const one = graph.fill(1, [], 'float32');
  const u = add(x, one);
  const isOne = graph.node('Equal', [u, one], result(x.shape, 'bool'));
  const isLarge = graph.node('Equal', [u, x], result(x.shape, 'bool'));
  const real = result(x.shape, 'float32');
  const correction = graph.node('Where', [isLarge, one, div(x, sub(u, one))], real);
  return graph.node('Where', [isOne, x, mul(unaryNode(graph, 'Log', u), correction)], real);
};

/** exp(x) - 1 = tanh(x / 2) * (exp(x) + 1), which keeps the digits of small x. */
const expm1: Emitter = ({ graph, input }) => {
  const { add, mul } = algebra(graph);
  const x = input('x');
  const half = mul(x, 0.5);
  const sum = add(unaryNode(graph, 'Exp', x), 1);
  return mul(unaryNode(graph, 'Tanh', half), sum);
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
  const y = alpha === 0 ? graph.cast(positive, x.dtype) : graph.node('Where', [positive, ...choices], x);
  if (x.dtype !== 'float32') return y;
  const isNumber = graph.node('Equal', [x, x], result(x.shape, 'bool')); // an operation that fused chains have, too
  return graph.node('Where', [isNumber, y, x], x);
};

const eluGradient: Emitter = ({ graph, input }) => {
  const { add, mul } = algebra(graph);
  const [dy, y] = [input('dy'), input('y')];
  const positive = graph.node('GreaterOrEqual', [y, graph.fill(0, [], 'float32')], result(y.shape, 'bool'));
  return graph.node('Where', [positive, dy, mul(dy, add(y, 1))], result(y.shape, 'float32'));
};

/** Kernels that are one operator of the same name. */
const direct =
  'Exp Log Sqrt Tanh Sigmoid Erf Reciprocal Softplus Elu Selu Sin Cos Tan Sinh Cosh Asin Acos Atan Asinh Acosh Atanh';

/** Kernels of one tensor, element by element. */
export const elementwise: Emitters = {
  ...Object.fromEntries(direct.split(' ').map((name) => [name, unary(name)])),
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

function known(dtype: string | undefined): ElementType {
  const type = elementType(dtype ?? 'float32');
  if (type === undefined)
    throw invalidField('dtype', 'float32, int32 or bool under compile', dtype, 'Cast on the host.');
  return type;
}

const range: Emitter = ({ graph, attributes }) => {
  const { start, stop, step, dtype } = attributes<RangeAttrs>();
  const count = start === stop || (stop - start) / step < 0 ? 0 : Math.abs(Math.ceil((stop - start) / step));
  // Added up as tfjs does, so that the roundings are the same.
  const data = dtype === 'int32' ? new Int32Array(count) : new Float32Array(count);
  for (let i = 0; i < count; i++) data[i] = i === 0 ? start : data[i - 1]! + step;
  return graph.constant(data, [count], known(dtype));
};

const linSpace: Emitter = ({ graph, attributes }) => {
  const { start, stop, num } = attributes<LinSpaceAttrs>();
  const step = (stop - start) / (num - 1);
  const data = new Float32Array(num).fill(start);
  for (let i = 1; i < num; i++) data[i] = data[i - 1]! + step;
  return graph.constant(data, [num], 'float32');
};

/** Kernels that make constants, and the change of element type. */
export const creation: Emitters = {
  Cast: ({ graph, input, attributes }) => graph.cast(input('x'), known(attributes<CastAttrs>().dtype)),
  Fill: ({ graph, attributes }) => {
    const { shape, value, dtype } = attributes<FillAttrs>();
    return graph.fill(Number(value), shape, known(dtype));
  },
  ZerosLike: ({ graph, input }) => graph.fill(0, input('x').shape, input('x').dtype),
  OnesLike: ({ graph, input }) => graph.fill(1, input('x').shape, input('x').dtype),
  Range: range,
  LinSpace: linSpace,
};
