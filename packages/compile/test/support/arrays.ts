import { sizeOfShape, type NdArray } from '@m3ae/tree';

/** Numbers in [low, high) that are the same in every run (a linear congruential generator). */
export function floats(shape: readonly number[], low = -2, high = 2, seed = 1): NdArray {
  let state = seed * 7919 + sizeOfShape(shape);
  const data = Float32Array.from({ length: sizeOfShape(shape) }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return low + ((high - low) * state) / 2 ** 32;
  });
  return { shape, data };
}

/** Integers in [low, high). */
export function integers(shape: readonly number[], low: number, high: number, seed = 1): NdArray {
  return { shape, data: Int32Array.from(floats(shape, low, high, seed).data, Math.floor) };
}

/** Truth values. */
export function truths(shape: readonly number[], seed = 1): NdArray {
  return { shape, data: Uint8Array.from(floats(shape, 0, 2, seed).data, Math.floor) };
}

/** An array of given elements. */
export const array = (data: readonly number[], shape: readonly number[] = [data.length]): NdArray => ({
  shape,
  data: Float32Array.from(data),
});
