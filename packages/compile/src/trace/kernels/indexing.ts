import { sizeOfShape } from '@m3ae/tree';
import type {
  GatherV2Attrs,
  OneHotAttrs,
  ScatterNdAttrs,
  UnsortedSegmentSumAttrs,
} from '@tensorflow/tfjs-core';
import { int, text, type Value } from '../../ir/graph.js';
import type { GraphBuilder } from '../../ir/builder.js';
import { axesOf, elementType, type Emitter, type Emitters, result } from '../emitter.js';
import { binaryNode, clipNode } from './arithmetic.js';
import { expandNode, transposeNode } from './movement.js';
import { reduceNode } from './reduction.js';

/** Rows of `table` [rows, …] by `ids` of any shape: [...ids, …]. */
function gatherNode(graph: GraphBuilder, table: Value, ids: Value, axis = 0): Value {
  const shape = [...table.shape.slice(0, axis), ...ids.shape, ...table.shape.slice(axis + 1)];
  return graph.node('Gather', [table, ids], result(shape, table.dtype), { attributes: { axis: int(axis) } });
}

/**
 * Adds rows [count, dim] into zeros [rows, dim] at `ids` [count]; rows of equal id are summed.
 *
 * ScatterElements and not ScatterND: the latter adds rows of one id from several threads at once, and loses some.
 */
export function scatterAddRows(graph: GraphBuilder, updates: Value, ids: Value, rows: number): Value {
  const zeros = graph.fill(0, [rows, updates.shape[1]!], updates.dtype);
  const places = expandNode(graph, graph.reshape(ids, [ids.shape[0]!, 1]), updates.shape);
  return graph.node('ScatterElements', [zeros, places, updates], zeros, {
    attributes: { axis: int(0), reduction: text('add') },
  });
}

/** Gather with leading axes in common: looked up in one flat table, each batch offset by its start. */
function gatherBatched(graph: GraphBuilder, x: Value, ids: Value, axis: number, batchDims: number): Value {
  const rank = x.shape.length;
  const axes = x.shape.map((_, i) => i);
  const front = [...axes.slice(0, batchDims), axis, ...axes.slice(batchDims).filter((each) => each !== axis)];
  const moved = transposeNode(graph, x, front); // [batch…, axis, rest…]
  const batch = sizeOfShape(x.shape.slice(0, batchDims));
  const length = x.shape[axis]!;
  const rest = moved.shape.slice(batchDims + 1);
  const table = graph.reshape(moved, [batch * length, ...rest]);
  const starts = graph.constant(
    Array.from({ length: batch }, (_, i) => i * length),
    [batch, 1],
    'int32',
  );
  const flat = binaryNode(
    graph,
    'Add',
    graph.reshape(ids, [batch, sizeOfShape(ids.shape) / Math.max(batch, 1)]),
    starts,
  );
  const gathered = graph.reshape(gatherNode(graph, table, flat), [...ids.shape, ...rest]); // [batch…, ids…, rest…]
  const inner = ids.shape.length - batchDims;
  const before = axis - batchDims;
  const order = gathered.shape.map((_, i) => i);
  const back = [
    ...order.slice(0, batchDims),
    ...order.slice(batchDims + inner, batchDims + inner + before),
    ...order.slice(batchDims, batchDims + inner),
    ...order.slice(batchDims + inner + before),
  ];
  return rank === 0 ? gathered : transposeNode(graph, gathered, back);
}

const gather: Emitter = ({ graph, input, attributes }) => {
  const [x, ids] = [input('x'), graph.cast(input('indices'), 'int32')];
  const { axis, batchDims = 0 } = attributes<GatherV2Attrs>();
  const at = axesOf(axis ?? 0, x.shape)[0]!;
  return batchDims === 0 ? gatherNode(graph, x, ids, at) : gatherBatched(graph, x, ids, at, batchDims);
};

const gatherNd: Emitter = ({ graph, input }) => {
  const [params, indices] = [input('params'), input('indices')];
  const shape = [...indices.shape.slice(0, -1), ...params.shape.slice(indices.shape.at(-1)!)];
  return graph.node('GatherND', [params, graph.cast(indices, 'int64')], result(shape, params.dtype));
};

const scatterNd: Emitter = ({ graph, input, attributes }) => {
  const [indices, updates] = [input('indices'), input('updates')];
  const { shape } = attributes<ScatterNdAttrs>();
  const depth = indices.shape.at(-1)!;
  const rows = sizeOfShape(shape.slice(0, depth));
  const strides = shape.slice(0, depth).map((_, i) => sizeOfShape(shape.slice(i + 1, depth)));
  const scaled = binaryNode(graph, 'Mul', indices, graph.constant(strides, [depth], 'int32'));
  const ids = reduceNode(graph, 'ReduceSum', scaled, [indices.shape.length - 1], false);
  const count = sizeOfShape(ids.shape);
  const flat = graph.reshape(updates, [count, sizeOfShape(shape.slice(depth))]);
  return graph.reshape(scatterAddRows(graph, flat, graph.reshape(ids, [count]), rows), shape);
};

/** Rows whose id lies outside of the segments are dropped, as tfjs does: added as zeros. */
const segmentSum: Emitter = ({ graph, input, attributes }) => {
  const [x, ids] = [input('x'), input('segmentIds')];
  const { numSegments } = attributes<UnsortedSegmentSumAttrs>();
  const count = x.shape[0]!;
  const inside = clipNode(graph, ids, 0, numSegments - 1);
  const kept = graph.cast(graph.node('Equal', [ids, inside], result(ids.shape, 'bool')), x.dtype);
  const rows = graph.reshape(x, [count, sizeOfShape(x.shape.slice(1))]);
  const updates = binaryNode(graph, 'Mul', rows, graph.reshape(kept, [count, 1]));
  const sums = scatterAddRows(graph, updates, graph.reshape(inside, [count]), numSegments);
  return graph.reshape(sums, [numSegments, ...x.shape.slice(1)]);
};

/** By comparing with 0, 1, …: an index outside gives no 1 at all, whereas ONNX's OneHot counts negative ones from the end. */
const oneHot: Emitter = ({ graph, input, attributes }) => {
  const ids = graph.cast(input('indices'), 'int32');
  const { depth, onValue = 1, offValue = 0, dtype = 'int32' } = attributes<OneHotAttrs>();
  const shape = [...ids.shape, depth];
  const classes = graph.constant(
    Array.from({ length: depth }, (_, i) => i),
    [depth],
    'int32',
  );
  const hit = graph.node('Equal', [graph.reshape(ids, [...ids.shape, 1]), classes], result(shape, 'bool'));
  const wanted = elementType(dtype) ?? 'float32';
  if (onValue === 1 && offValue === 0) return graph.cast(hit, wanted);
  const values = [graph.fill(onValue, [], 'float32'), graph.fill(offValue, [], 'float32')];
  return graph.cast(graph.node('Where', [hit, ...values], result(shape, 'float32')), wanted);
};

const scatterUpdate: Emitter = ({ graph, input }) => {
  const tensor = input('tensor');
  const places = graph.cast(input('indices'), 'int64');
  return graph.node('ScatterND', [tensor, places, input('updates')], tensor);
};

/** Kernels that look up and store by index. */
export const indexing: Emitters = {
  GatherV2: gather,
  GatherNd: gatherNd,
  ScatterNd: scatterNd,
  TensorScatterUpdate: scatterUpdate,
  UnsortedSegmentSum: segmentSum,
  OneHot: oneHot,
};
