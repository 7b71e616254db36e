import type { Elements } from '@m3ae/checkpoint';
import { sizeOfShape } from '@m3ae/tree';

/** How far apart neighbors along each axis lie in C's order. */
export function rowMajorStrides(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis--) strides[axis] = strides[axis + 1]! * shape[axis + 1]!;
  return strides;
}

/**
 * Elements of a strided view, in C's order.
 *
 * @param elements - Of the storage.
 * @param strides - In elements, one an axis; 0 repeats.
 * @param offset - Place of the first element.
 * @returns A view where the elements already follow so, else a new array. The caller has checked that every place exists.
 */
export function gatherStrided(
  elements: Elements,
  shape: readonly number[],
  strides: readonly number[],
  offset: number,
): Elements {
  const size = sizeOfShape(shape);
  const inOrder = rowMajorStrides(shape);
  if (size === 0 || shape.every((length, axis) => length === 1 || strides[axis] === inOrder[axis])) {
    return elements.subarray(offset, offset + size);
  }
  const result = new (elements.constructor as new (length: number) => Elements)(size);
  const index = new Array<number>(shape.length).fill(0);
  let place = offset;
  for (let at = 0; at < size; at++) {
    result[at] = elements[place]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      place += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      place -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return result;
}
