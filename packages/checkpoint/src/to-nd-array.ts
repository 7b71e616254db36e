import { invalidField } from '@m3ae/errors';
import type { NdArray } from '@m3ae/tree';
import type { SafetensorsTensor } from './dtypes.js';

/** A brain float is the upper half of a float32. */
function fromBrainFloats(bits: Uint16Array): Float32Array {
  return new Float32Array(Uint32Array.from(bits, (word) => word << 16).buffer);
}

function fromHalf(word: number): number {
  const sign = word & 0x8000 ? -1 : 1;
  const exponent = (word >> 10) & 0x1f;
  const fraction = word & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** Integers of any width as int32, refused where one does not fit. */
function toInt32(name: string, data: Iterable<number | bigint>, length: number): Int32Array {
  const result = new Int32Array(length);
  let i = 0;
  for (const value of data) {
    const exact = Number(value);
    if (exact < -0x80000000 || exact > 0x7fffffff) {
      throw invalidField(`${name}[${i}]`, 'within int32', value, 'Read the tensor in its own type instead.');
    }
    result[i++] = exact;
  }
  return result;
}

/**
 * Turns a tensor of a file into a plain array.
 *
 * F32, I32 and BOOL keep their memory. F16, BF16 and F64 become float32 (F64 is rounded); other integers become int32.
 *
 * @param tensor - From {@link decodeSafetensors}.
 * @param name - What to call it in an error.
 * @throws InvalidInput if an integer does not fit int32.
 */
export function toNdArray(tensor: SafetensorsTensor, name = 'tensor'): NdArray {
  const { dtype, shape, data } = tensor;
  switch (dtype) {
    case 'F32':
    case 'I32':
    case 'BOOL':
      return { shape, data: data as NdArray['data'] };
    case 'BF16':
      return { shape, data: fromBrainFloats(data as Uint16Array) };
    case 'F16':
      return { shape, data: Float32Array.from(data as Uint16Array, fromHalf) };
    case 'F64':
      return { shape, data: Float32Array.from(data as Float64Array) };
    default:
      return { shape, data: toInt32(name, data, data.length) };
  }
}
