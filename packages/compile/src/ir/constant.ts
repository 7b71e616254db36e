import { sizeOfShape } from '@m3ae/tree';
import type { ConstantData, ElementType, Value } from './graph.js';

/** Copies elements into the array type of an element type. */
export function typedData(data: ArrayLike<number>, dtype: ElementType): ConstantData {
  switch (dtype) {
    case 'float32':
      return Float32Array.from(data);
    case 'int32':
      return Int32Array.from(data);
    case 'bool':
      return Uint8Array.from(data);
    case 'int64':
      return BigInt64Array.from(Array.from(data, (element) => BigInt(element)));
    case 'bfloat16':
      throw new TypeError(
        'a constant must be of another element type than bfloat16: cast one of float32 by a node',
      );
  }
}

/** Whether all elements are the same, bit for bit where it matters (0 and -0 differ, NaN equals itself). */
export function isUniform(data: ArrayLike<number>): boolean {
  const first = data[0];
  for (let i = 1; i < data.length; i++) if (!Object.is(data[i], first)) return false;
  return data.length > 0;
}

/** The one element all of a constant's elements equal, or undefined. */
export function uniformElement(data: ConstantData | undefined): number | undefined {
  if (data === undefined || data.length === 0) return undefined;
  if (data.length === 1) return Number(data[0]);
  return data instanceof BigInt64Array || !isUniform(data) ? undefined : data[0];
}

/** All elements of a constant, a repeated one written out. */
export function fullData(value: Value, data: ConstantData): ConstantData {
  const length = sizeOfShape(value.shape);
  if (data.length === length) return data;
  if (data instanceof BigInt64Array) return new BigInt64Array(length).fill(data[0]!);
  return typedData(new Array<number>(length).fill(data[0]!), value.dtype);
}
