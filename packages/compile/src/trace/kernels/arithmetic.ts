import { upcastType } from '@tensorflow/tfjs-core';
import { type ElementType, int, type Value } from '../../ir/graph.js';
import type { GraphBuilder } from '../../ir/builder.js';
import { broadcast, type Emitter, type Emitters, result } from '../emitter.js';

/** One ONNX operator over two broadcast tensors; booleans are counted as 0 and 1, as tfjs does. */
export function binaryNode(graph: GraphBuilder, op: string, a: Value, b: Value): Value {
  const shape = broadcast(a.shape, b.shape);
  if (a.dtype === 'bool') {
    const counted = graph.node(op, [graph.cast(a, 'int32'), graph.cast(b, 'int32')], result(shape, 'int32'));
    return graph.cast(counted, 'bool');
  }
  return graph.node(op, [a, b], result(shape, a.dtype));
}

/** Short names for the arithmetic of formulas. */
export function algebra(graph: GraphBuilder) {
  const operand = (x: Value | number) => (typeof x === 'number' ? graph.fill(x, [], 'float32') : x);
  const op = (name: string) => (a: Value | number, b: Value | number) =>
    binaryNode(graph, name, operand(a), operand(b));
  return { add: op('Add'), sub: op('Sub'), mul: op('Mul'), div: op('Div') };
}

/** Elements held between two limits. Whole numbers by two operators: ONNX Runtime clips none on CUDA. */
export function clipNode(graph: GraphBuilder, x: Value, low: number, high: number): Value {
  const [least, most] = [graph.fill(low, [], x.dtype), graph.fill(high, [], x.dtype)];
  if (x.dtype === 'float32') return graph.node('Clip', [x, least, most], result(x.shape, 'float32'));
  return binaryNode(graph, 'Min', binaryNode(graph, 'Max', x, least), most);
}

const binary =
  (op: string): Emitter =>
  (call) =>
    binaryNode(call.graph, op, call.input('a'), call.input('b'));

/** Remainder with the sign of the divisor; ONNX has it for integers only. */
const modulo: Emitter = ({ graph, input }) => {
  const [a, b] = [input('a'), input('b')];
  if (a.dtype !== 'float32') return binaryNode(graph, 'Mod', a, b);
  const shape = broadcast(a.shape, b.shape);
  const remainderOf = (x: Value) =>
    graph.node('Mod', [x, b], result(shape, 'float32'), { attributes: { fmod: int(1) } });
  const remainder = remainderOf(a);
  // Only where the signs differ: a divisor that is added to a small remainder would take its digits.
  const zero = graph.fill(0, [], 'float32');
  const negative = (x: Value) => graph.node('Less', [x, zero], result(x.shape, 'bool'));
  const differ = graph.node('Xor', [negative(remainder), negative(b)], result(shape, 'bool'));
  const moved = remainderOf(binaryNode(graph, 'Add', remainder, b));
  return graph.node('Where', [differ, moved, remainder], result(shape, 'float32'));
};

const floorDivide: Emitter = ({ graph, input }) => {
  const { sub, mul, div } = algebra(graph);
  const [a, b] = [input('a'), input('b')];
  const shape = broadcast(a.shape, b.shape);
  if (a.dtype === 'float32')
    return graph.cast(graph.node('Floor', [div(a, b)], result(shape, 'float32')), 'int32');
  // Integer division by zero would end the process; tfjs gives some number.
  const zero = graph.fill(0, [], 'int32');
  const isZero = graph.node('Equal', [b, zero], result(b.shape, 'bool'));
  const divisor = graph.node('Where', [isZero, graph.fill(1, [], 'int32'), b], result(b.shape, 'int32'));
  // ONNX truncates: one less where there is a remainder of the other sign.
  const quotient = div(a, divisor);
  const remainder = sub(a, mul(quotient, divisor));
  const exact = graph.node('Equal', [remainder, zero], result(shape, 'bool'));
  const negative = (value: Value) => graph.node('Less', [value, zero], result(value.shape, 'bool'));
  const differ = graph.node('Xor', [negative(remainder), negative(divisor)], result(shape, 'bool'));
  const inexact = graph.node('Not', [exact], result(shape, 'bool'));
  const excess = graph.node('And', [inexact, differ], result(shape, 'bool'));
  return sub(quotient, graph.cast(excess, 'int32'));
};

/** Kernels that combine tensors element by element. */
export const arithmetic: Emitters = {
  Add: binary('Add'),
  Sub: binary('Sub'),
  Multiply: binary('Mul'),
  RealDiv: binary('Div'),
  Maximum: binary('Max'),
  Minimum: binary('Min'),
  Pow: binary('Pow'),
  Mod: modulo,
  FloorDiv: floorDivide,
  AddN: ({ graph, list }) => list.reduce((sum, each) => binaryNode(graph, 'Add', sum, each)),
  SquaredDifference: ({ graph, input }) => {
    const difference = binaryNode(graph, 'Sub', input('a'), input('b'));
    return binaryNode(graph, 'Mul', difference, difference);
  },
  Prelu: ({ graph, input }) =>
    graph.node('PRelu', [input('x'), input('alpha')], result(input('x').shape, 'float32')),
};

function compareNode(graph: GraphBuilder, op: string, a: Value, b: Value): Value {
  const dtype = a.dtype === 'bool' ? 'int32' : a.dtype;
  const operands = [graph.cast(a, dtype), graph.cast(b, dtype)];
  return graph.node(op, operands, result(broadcast(a.shape, b.shape), 'bool'));
}

const compare =
  (op: string): Emitter =>
  ({ graph, input }) =>
    compareNode(graph, op, input('a'), input('b'));

const both =
  (op: string): Emitter =>
  ({ graph, input }) => {
    const operands = [graph.cast(input('a'), 'bool'), graph.cast(input('b'), 'bool')];
    return graph.node(op, operands, result(broadcast(input('a').shape, input('b').shape), 'bool'));
  };

const not = (graph: GraphBuilder, x: Value) => graph.node('Not', [x], result(x.shape, 'bool'));

/** Whether each element is one of the special floating-point numbers; integers never are. */
const special =
  (test: (graph: GraphBuilder, x: Value) => Value, ofIntegers: number): Emitter =>
  ({ graph, input }) => {
    const x = input('x');
    return x.dtype === 'float32' ? test(graph, x) : graph.fill(ofIntegers, x.shape, 'bool');
  };

/** A vector condition chooses whole rows. */
const select: Emitter = ({ graph, input }) => {
  const [t, e] = [input('t'), input('e')];
  const condition = graph.cast(input('condition'), 'bool');
  const dtype = upcastType(t.dtype as 'float32', e.dtype as 'float32') as ElementType;
  const isRows = condition.shape.length === 1 && t.shape.length > 1;
  const rows = isRows
    ? graph.reshape(condition, [condition.shape[0]!, ...t.shape.slice(1).map(() => 1)])
    : condition;
  // ONNX Runtime chooses among numbers, not among booleans.
  const chosen = dtype === 'bool' ? 'int32' : dtype;
  const y = graph.node(
    'Where',
    [rows, graph.cast(t, chosen), graph.cast(e, chosen)],
    result(t.shape, chosen),
  );
  return graph.cast(y, dtype);
};

/** Kernels that compare, and those that combine truth values. */
export const logical: Emitters = {
  Equal: compare('Equal'),
  NotEqual: ({ graph, input }) => not(graph, compareNode(graph, 'Equal', input('a'), input('b'))),
  Greater: compare('Greater'),
  GreaterEqual: compare('GreaterOrEqual'),
  Less: compare('Less'),
  LessEqual: compare('LessOrEqual'),
  LogicalAnd: both('And'),
  LogicalOr: both('Or'),
  LogicalNot: ({ graph, input }) => not(graph, graph.cast(input('x'), 'bool')),
  IsNan: special((graph, x) => graph.node('IsNaN', [x], result(x.shape, 'bool')), 0),
  IsInf: special((graph, x) => graph.node('IsInf', [x], result(x.shape, 'bool')), 0),
  // NaN compares false with everything.
  IsFinite: special((graph, x) => {
    const magnitude = graph.node('Abs', [x], result(x.shape, 'float32'));
    return graph.node('Less', [magnitude, graph.fill(Infinity, [], 'float32')], result(x.shape, 'bool'));
  }, 1),
  Select: select,
};
