import type { Value } from '../../ir/graph.js';
import { int } from '../../ir/graph.js';
import type { GraphBuilder } from '../../ir/builder.js';
import type { Emitter, Emitters } from '../emitter.js';
import { broadcast, result } from './shapes.js';

/** One ONNX operator over two broadcast tensors; booleans are counted as 0 and 1, as tfjs does. */
export function binaryNode(graph: GraphBuilder, op: string, a: Value, b: Value): Value {
  const shape = broadcast(a.shape, b.shape);
  if (a.dtype === 'bool') {
    const counted = graph.node(op, [graph.cast(a, 'int32'), graph.cast(b, 'int32')], result(shape, 'int32'));
    return graph.cast(counted, 'bool');
  }
  return graph.node(op, [a, b], result(shape, a.dtype));
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
  const [a, b] = [input('a'), input('b')];
  const shape = broadcast(a.shape, b.shape);
  if (a.dtype === 'float32') {
    const quotient = binaryNode(graph, 'Div', a, b);
    return graph.cast(graph.node('Floor', [quotient], result(shape, 'float32')), 'int32');
  }
  // Integer division by zero would end the process; tfjs gives some number.
  const zero = graph.fill(0, [], 'int32');
  const isZero = graph.node('Equal', [b, zero], result(b.shape, 'bool'));
  const divisor = graph.node('Where', [isZero, graph.fill(1, [], 'int32'), b], result(b.shape, 'int32'));
  // ONNX truncates: one less where there is a remainder of the other sign.
  const quotient = binaryNode(graph, 'Div', a, divisor);
  const remainder = binaryNode(graph, 'Sub', a, binaryNode(graph, 'Mul', quotient, divisor));
  const exact = graph.node('Equal', [remainder, zero], result(shape, 'bool'));
  const negative = (value: Value) => graph.node('Less', [value, zero], result(value.shape, 'bool'));
  const differ = graph.node('Xor', [negative(remainder), negative(divisor)], result(shape, 'bool'));
  const inexact = graph.node('Not', [exact], result(shape, 'bool'));
  const excess = graph.node('And', [inexact, differ], result(shape, 'bool'));
  return binaryNode(graph, 'Sub', quotient, graph.cast(excess, 'int32'));
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
