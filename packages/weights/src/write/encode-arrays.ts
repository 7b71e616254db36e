import { encodeSafetensors, type SafetensorsTensor } from '@m3ae/checkpoint';
import { invalidField } from '@m3ae/errors';
import type { NdArray } from '@m3ae/tree';

/** Precisions in which parameters are written. */
export type WeightsDtype = 'float32' | 'float16' | 'bfloat16';

/**
 * Arrays as one safetensors file.
 *
 * @throws InvalidInput if one is beyond the range of `dtype`.
 */
export function encodeArrays(
  arrays: Readonly<Record<string, NdArray>>,
  dtype: WeightsDtype,
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const tensors = Object.entries(arrays).map(
    ([name, array]) => [name, tensorAs(array, dtype, name)] as const,
  );
  return encodeSafetensors(Object.fromEntries(tensors), metadata);
}

function tensorAs({ shape, data }: NdArray, dtype: WeightsDtype, path: string): SafetensorsTensor {
  if (!(data instanceof Float32Array))
    throw invalidField(path, 'of float32', data.constructor.name, 'Check it.');
  if (dtype === 'float32') return { dtype: 'F32', shape, data };
  if (dtype === 'bfloat16') return { dtype: 'BF16', shape, data: toBrain(data) };
  if (dtype !== 'float16')
    throw invalidField('dtype', 'float32, float16 or bfloat16', dtype, 'float32 loses no bit.');
  const largest = data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (largest >= 65520) throw invalidField(path, 'below 65520 for float16', largest, 'Use bfloat16.');
  return { dtype: 'F16', shape, data: toHalf(data) };
}

/** Bits of float16, rounded to the nearest and half to even, as NumPy does; beyond 65504 it is infinity. */
export function toHalf(values: Float32Array): Uint16Array {
  const words = new Uint32Array(values.slice().buffer);
  return Uint16Array.from(words, (word, at) => {
    const sign = (word >>> 16) & 0x8000;
    const size = word & 0x7fffffff;
    if (size > 0x7f800000) return sign | 0x7e00;
    if (size >= 0x47800000) return sign | 0x7c00;
    if (size < 0x38800000) return sign | roundToEven(Math.abs(values[at]!) * 2 ** 24); // below 2^-14: a whole multiple of 2^-24
    const rebased = size - 0x38000000;
    return sign | ((rebased + 0xfff + ((rebased >>> 13) & 1)) >>> 13);
  });
}

/** Bits of bfloat16, the upper half of a float32, rounded to the nearest and half to even. */
export function toBrain(values: Float32Array): Uint16Array {
  const words = new Uint32Array(values.slice().buffer);
  return Uint16Array.from(words, (word) => {
    if ((word & 0x7fffffff) > 0x7f800000) return (word >>> 16) | 0x40; // NaN stays NaN
    return (word + 0x7fff + ((word >>> 16) & 1)) >>> 16;
  });
}

function roundToEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  return below + (rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? 1 : 0);
}
