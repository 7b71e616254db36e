import type {
  ArgMaxAttrs,
  CumprodAttrs,
  CumsumAttrs,
  LogSoftmaxAttrs,
  MaxAttrs,
  SoftmaxAttrs,
  SumAttrs,
  TopKAttrs,
} from '@tensorflow/tfjs-core';
import { type ElementType, int, type Value } from '../../ir/graph.js';
import type { GraphBuilder } from '../../ir/builder.js';
import { axesOf, type Emitter, type Emitters, type KernelCall, result } from '../emitter.js';
import { binaryNode } from './arithmetic.js';

/** Reduces over axes; over none it gives the value itself. */
export function reduceNode(
  graph: GraphBuilder,
  op: string,
  x: Value,
  axes: readonly number[],
  keepDims: boolean,
): Value {
  if (axes.length === 0) return x;
  const kept = x.shape.map((length, axis) => (axes.includes(axis) ? 1 : length));
  const shape = keepDims ? kept : x.shape.filter((_, axis) => !axes.includes(axis));
  const attributes = { keepdims: int(keepDims ? 1 : 0) };
  return graph.node(op, [x, graph.int64(axes)], result(shape, x.dtype), { attributes });
}

/** Reduces over the axes that a kernel's attributes name, in another element type where one is given. */
function reduced({ graph, input, attributes }: KernelCall, op: string, dtype?: ElementType): Value {
  const { axis, reductionIndices = axis, keepDims = false } = attributes<SumAttrs & Partial<MaxAttrs>>();
  const x = dtype === undefined ? input('x') : graph.cast(input('x'), dtype);
  return reduceNode(graph, op, x, axesOf(reductionIndices, x.shape), keepDims);
}

const reduce =
  (op: string, dtype?: ElementType): Emitter =>
  (call) =>
    reduced(call, op, dtype);

/** "All" is the smallest of 0 and 1, "any" the largest. */
const ofTruth =
  (op: string): Emitter =>
  (call) =>
    call.graph.cast(reduced(call, op, 'int32'), 'bool');

const place =
  (op: string): Emitter =>
  ({ graph, input, attributes }) => {
    const x = graph.cast(input('x'), input('x').dtype === 'bool' ? 'int32' : input('x').dtype);
    const axis = axesOf(attributes<ArgMaxAttrs>().axis, x.shape)[0]!;
    const shape = x.shape.filter((_, i) => i !== axis);
    const y = graph.node(op, [x], result(shape, 'int64'), {
      attributes: { axis: int(axis), keepdims: int(0) },
    });
    return graph.cast(y, 'int32');
  };

const normalized =
  (op: string, axisOf: (call: { attributes<Attributes>(): Attributes }) => number): Emitter =>
  (call) => {
    const logits = call.graph.cast(call.input('logits'), 'float32');
    const axis = axesOf(axisOf(call), logits.shape)[0]!;
    return call.graph.node(op, [logits], result(logits.shape, 'float32'), {
      attributes: { axis: int(axis) },
    });
  };

const cumulativeSum: Emitter = ({ graph, input, attributes }) => {
  const x = input('x');
  const { axis, exclusive = false, reverse = false } = attributes<CumsumAttrs>();
  const at = graph.constant([axesOf(axis, x.shape)[0]!], [], 'int32');
  const options = { exclusive: int(exclusive ? 1 : 0), reverse: int(reverse ? 1 : 0) };
  return graph.node('CumSum', [x, at], x, { attributes: options });
};

/**
 * Running product, which ONNX lacks: each round multiplies by the values 1, 2, 4, … places before,
 * so that the number of nodes grows with the logarithm of the length.
 */
const cumulativeProduct: Emitter = ({ graph, input, attributes }) => {
  const { axis, exclusive = false, reverse = false } = attributes<CumprodAttrs>();
  const at = axesOf(axis, input('x').shape)[0]!;
  const length = input('x').shape[at]!;
  const one = graph.fill(1, [], input('x').dtype);
  // The values `by` places earlier, ones where there are none; later ones if reversed.
  const shifted = (x: Value, by: number) => {
    const side = (amount: number) => x.shape.map((_, i) => (i === at ? amount : 0));
    const pads = graph.int64(reverse ? [...side(-by), ...side(by)] : [...side(by), ...side(-by)]);
    return graph.node('Pad', [x, pads, one], x);
  };
  let product = exclusive ? shifted(input('x'), 1) : input('x');
  for (let by = 1; by < length; by *= 2) product = binaryNode(graph, 'Mul', product, shifted(product, by));
  return product;
};

const topK: Emitter = ({ graph, input, attributes }) => {
  const x = input('x');
  const { k } = attributes<TopKAttrs>();
  const shape = [...x.shape.slice(0, -1), k];
  const results = [result(shape, x.dtype), result(shape, 'int64')];
  const [values, indices] = graph.nodes('TopK', [x, graph.int64([k])], results, {
    attributes: { axis: int(-1) },
  });
  return [values!, graph.cast(indices!, 'int32')];
};

/** Kernels that look along an axis. */
export const reduction: Emitters = {
  Sum: reduce('ReduceSum'),
  Prod: reduce('ReduceProd'),
  Min: reduce('ReduceMin'),
  Max: reduce('ReduceMax'),
  Mean: reduce('ReduceMean', 'float32'),
  All: ofTruth('ReduceMin'),
  Any: ofTruth('ReduceMax'),
  ArgMax: place('ArgMax'),
  ArgMin: place('ArgMin'),
  Softmax: normalized('Softmax', (call) => call.attributes<SoftmaxAttrs>().dim),
  LogSoftmax: normalized('LogSoftmax', (call) => call.attributes<LogSoftmaxAttrs>().axis),
  Cumsum: cumulativeSum,
  Cumprod: cumulativeProduct,
  TopK: topK,
};
