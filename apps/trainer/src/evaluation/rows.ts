import type { NdArray } from '@m3ae/tree';

/** Some rows of an array, filled up with the last of them to `size`, so that an engine sees one shape alone. */
export function rowsOf({ shape, data }: NdArray, start: number, size: number): NdArray {
  const [rows, ...row] = shape as [number, ...number[]];
  const width = data.length / rows;
  const result = data instanceof Int32Array ? new Int32Array(size * width) : new Float32Array(size * width);
  for (let at = 0; at < size; at++) {
    const from = Math.min(start + at, rows - 1) * width;
    result.set(data.subarray(from, from + width), at * width);
  }
  return { shape: [size, ...row], data: result };
}

/** Arrays of the same row shape, one below the other. */
export function stacked(arrays: readonly NdArray[]): NdArray {
  const [, ...row] = arrays[0]!.shape;
  const total = arrays.reduce((sum, { data }) => sum + data.length, 0);
  const data = arrays[0]!.data instanceof Int32Array ? new Int32Array(total) : new Float32Array(total);
  let at = 0;
  for (const array of arrays) {
    data.set(array.data, at);
    at += array.data.length;
  }
  return { shape: [arrays.reduce((sum, { shape }) => sum + shape[0]!, 0), ...row], data };
}
