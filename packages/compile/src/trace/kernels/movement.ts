import {
  backend_util,
  type ConcatAttrs,
  type ExpandDimsAttrs,
  type MirrorPadAttrs,
  type PackAttrs,
  type PadV2Attrs,
  type ReshapeAttrs,
  type ReverseAttrs,
  slice_util,
  type SliceAttrs,
  type SplitVAttrs,
  type StridedSliceAttrs,
  type TensorInfo,
  type TileAttrs,
  type TransposeAttrs,
  type UnpackAttrs,
  util,
} from '@tensorflow/tfjs-core';
import { int, ints, text, type Value } from '../../ir/graph.js';
import type { GraphBuilder } from '../../ir/builder.js';
import { axesOf, type Emitter, type Emitters, result } from '../emitter.js';

/** Ends before the first element: what a slice that runs backwards to the start is given as its end. */
const beforeStart = -2147483648;

/** A shape with an axis of length 1 put in. */
const insertAxis = (shape: readonly number[], axis: number): number[] =>
  [shape.slice(0, axis), 1, shape.slice(axis)].flat();

const normalAxis = (axis: number, rank: number) => (axis < 0 ? axis + rank : axis);

/** Transposes; a permutation that changes nothing gives the value itself. */
export function transposeNode(graph: GraphBuilder, x: Value, perm: readonly number[]): Value {
  if (perm.every((axis, i) => axis === i)) return x;
  const shape = perm.map((axis) => x.shape[axis]!);
  return graph.node('Transpose', [x], result(shape, x.dtype), { attributes: { perm: ints(perm) } });
}

/** Repeats along axes of length 1 until the value has `shape`. */
export function expandNode(graph: GraphBuilder, x: Value, shape: readonly number[]): Value {
  if (x.shape.join() === shape.join()) return x;
  return graph.node('Expand', [x, graph.int64(shape)], result(shape, x.dtype));
}

/** A value as tfjs's reckoning of shapes takes it, which reads nothing else of it. */
const infoOf = ({ shape }: Value): TensorInfo => ({ dataId: {}, shape: [...shape], dtype: 'float32' });

const slice: Emitter = ({ graph, input, attributes }) => {
  const x = input('x');
  const { begin, size } = attributes<SliceAttrs>();
  const [starts = [], lengths = []] = slice_util.parseSliceParams(infoOf(x), begin, size);
  const axes = lengths.flatMap((length, axis) => (length === x.shape[axis] ? [] : [axis]));
  if (axes.length === 0) return x;
  const ends = axes.map((axis) => starts[axis]! + lengths[axis]!);
  const limits = [axes.map((axis) => starts[axis]!), ends, axes].map((list) => graph.int64(list));
  return graph.node('Slice', [x, ...limits], result(lengths, x.dtype));
};

const stridedSlice: Emitter = ({ graph, input, attributes }) => {
  const x = input('x');
  const a = attributes<StridedSliceAttrs>();
  const info = slice_util.sliceInfo(
    [...x.shape],
    a.begin,
    a.end,
    a.strides,
    a.beginMask,
    a.endMask,
    a.ellipsisMask,
    a.newAxisMask,
    a.shrinkAxisMask,
  );
  const { begin, end, strides, finalShape } = info;
  const lengths = slice_util.computeOutShape(begin, end, strides);
  const ends = end.map((each, i) => (strides[i]! < 0 && each < 0 ? beforeStart : each));
  const limits = [begin, ends, begin.map((_, i) => i), strides].map((list) => graph.int64(list));
  return graph.reshape(graph.node('Slice', [x, ...limits], result(lengths, x.dtype)), finalShape);
};

/** Joins along an axis; a list of one gives its value. */
export function concatNode(graph: GraphBuilder, list: readonly Value[], axis: number): Value {
  if (list.length === 1) return list[0]!;
  const shape = backend_util.computeOutShape(
    list.map((each) => [...each.shape]),
    axis,
  );
  return graph.node('Concat', list, result(shape, list[0]!.dtype), { attributes: { axis: int(axis) } });
}

/** Cuts an axis into parts of these lengths. */
export function splitNode(graph: GraphBuilder, x: Value, sizes: readonly number[], axis: number): Value[] {
  if (sizes.length === 1) return [x];
  const results = sizes.map((size) =>
    result(
      x.shape.map((length, i) => (i === axis ? size : length)),
      x.dtype,
    ),
  );
  return graph.nodes('Split', [x, graph.int64(sizes)], results, { attributes: { axis: int(axis) } });
}

const pack: Emitter = ({ graph, list, attributes }) => {
  const axis = normalAxis(attributes<PackAttrs>().axis, list[0]!.shape.length + 1);
  const grown = list.map((each) => graph.reshape(each, insertAxis(each.shape, axis)));
  return concatNode(graph, grown, axis);
};

const unpack: Emitter = ({ graph, input, attributes }) => {
  const x = input('value');
  const axis = normalAxis(attributes<UnpackAttrs>().axis, x.shape.length);
  const parts = splitNode(graph, x, new Array<number>(x.shape[axis]!).fill(1), axis);
  return parts.map((part) =>
    graph.reshape(
      part,
      part.shape.filter((_, i) => i !== axis),
    ),
  );
};

/** A repetition of axes of length 1 only is a broadcast, which ONNX Runtime can often do without copying. */
const tile: Emitter = ({ graph, input, attributes }) => {
  const x = input('x');
  const { reps } = attributes<TileAttrs>();
  const shape = x.shape.map((length, i) => length * reps[i]!);
  if (x.shape.every((length, i) => length === 1 || reps[i] === 1)) return expandNode(graph, x, shape);
  return graph.node('Tile', [x, graph.int64(reps)], result(shape, x.dtype));
};

function padNode(
  graph: GraphBuilder,
  x: Value,
  paddings: readonly (readonly [number, number])[],
  fill: Value | string,
): Value {
  const shape = x.shape.map((length, i) => length + paddings[i]![0] + paddings[i]![1]);
  const pads = graph.int64([...paddings.map(([before]) => before), ...paddings.map(([, after]) => after)]);
  return typeof fill === 'string'
    ? graph.node('Pad', [x, pads], result(shape, x.dtype), { attributes: { mode: text(fill) } })
    : graph.node('Pad', [x, pads, fill], result(shape, x.dtype));
}

const mirrorPad: Emitter = ({ graph, input, attributes }) => {
  const { paddings, mode } = attributes<MirrorPadAttrs>();
  if (mode !== 'reflect')
    throw new RangeError(
      `mirrorPad must be in mode reflect under compile; received ${mode}. Concatenate reversed slices instead.`,
    );
  return padNode(graph, input('x'), paddings, mode);
};

const reverse: Emitter = ({ graph, input, attributes }) => {
  const x = input('x');
  const axes = axesOf(attributes<ReverseAttrs>().dims, x.shape);
  if (axes.length === 0) return x;
  const lists = [axes.map(() => -1), axes.map(() => beforeStart), axes, axes.map(() => -1)];
  return graph.node('Slice', [x, ...lists.map((list) => graph.int64(list))], x);
};

/** Kernels that move elements and compute nothing. */
export const movement: Emitters = {
  Identity: ({ input }) => input('x'),
  Reshape: ({ graph, input, attributes }) => {
    const x = input('x');
    return graph.reshape(
      x,
      util.inferFromImplicitShape(attributes<ReshapeAttrs>().shape, util.sizeFromShape([...x.shape])),
    );
  },
  ExpandDims: ({ graph, input, attributes }) => {
    const x = input('input');
    const axis = normalAxis(attributes<ExpandDimsAttrs>().dim, x.shape.length + 1);
    return graph.reshape(x, insertAxis(x.shape, axis));
  },
  Transpose: ({ graph, input, attributes }) =>
    transposeNode(graph, input('x'), attributes<TransposeAttrs>().perm),
  Slice: slice,
  StridedSlice: stridedSlice,
  Concat: ({ graph, list, attributes }) =>
    concatNode(graph, list, normalAxis(attributes<ConcatAttrs>().axis, list[0]!.shape.length)),
  SplitV: ({ graph, input, attributes }) => {
    const x = input('x');
    const { numOrSizeSplits, axis } = attributes<SplitVAttrs>();
    const at = normalAxis(axis, x.shape.length);
    return splitNode(graph, x, backend_util.prepareSplitSize(infoOf(x), numOrSizeSplits, at), at);
  },
  Pack: pack,
  Unpack: unpack,
  Tile: tile,
  PadV2: ({ graph, input, attributes }) => {
    const { paddings, constantValue } = attributes<PadV2Attrs>();
    return padNode(graph, input('x'), paddings, graph.fill(constantValue, [], input('x').dtype));
  },
  MirrorPad: mirrorPad,
  Reverse: reverse,
  BroadcastTo: ({ graph, input, attributes }) =>
    expandNode(graph, input('x'), attributes<{ shape: number[] }>().shape),
};
