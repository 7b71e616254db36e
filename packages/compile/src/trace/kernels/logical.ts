import { upcastType } from '@tensorflow/tfjs-core';
import type { ElementType, Value } from '../../ir/graph.js';
import type { GraphBuilder } from '../../ir/builder.js';
import type { Emitter, Emitters } from '../emitter.js';
import { broadcast, result } from './shapes.js';

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
