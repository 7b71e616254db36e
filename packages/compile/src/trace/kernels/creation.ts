import type { CastAttrs, FillAttrs, LinSpaceAttrs, RangeAttrs } from '@tensorflow/tfjs-core';
import { elementType, type Emitter, type Emitters } from '../emitter.js';
import { invalidField } from '@m3ae/errors';
import type { ElementType } from '../../ir/graph.js';

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
