import type { NdArray } from '@m3ae/tree';
import { invalidField } from '@m3ae/errors';

/** The element types of the safetensors format, under its own names. */
export type SafetensorsDtype = keyof ElementsOf;

/** The array that holds the elements of each type; 16-bit floats stay as their bits. */
export interface ElementsOf {
  readonly BOOL: Uint8Array;
  readonly U8: Uint8Array;
  readonly I8: Int8Array;
  readonly I16: Int16Array;
  readonly U16: Uint16Array;
  readonly F16: Uint16Array;
  readonly BF16: Uint16Array;
  readonly I32: Int32Array;
  readonly U32: Uint32Array;
  readonly F32: Float32Array;
  readonly F64: Float64Array;
  readonly I64: BigInt64Array;
  readonly U64: BigUint64Array;
}

/** Any array that holds elements of a tensor. */
export type Elements = ElementsOf[SafetensorsDtype];

/** One tensor of a file, with elements in the file's own type. */
export interface SafetensorsTensor {
  readonly dtype: SafetensorsDtype;
  /** Length of each axis, outermost first; `[]` is a scalar, a zero makes the tensor empty. */
  readonly shape: readonly number[];
  /** Elements in row-major order: see {@link ElementsOf} for the kind of array. */
  readonly data: Elements;
}

interface ElementsConstructor {
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): Elements;
  readonly BYTES_PER_ELEMENT: number;
}

/** The array class of each type, in the order of the format's own library: narrow ones first. */
export const elementsClass: Readonly<Record<SafetensorsDtype, ElementsConstructor>> = {
  BOOL: Uint8Array,
  U8: Uint8Array,
  I8: Int8Array,
  I16: Int16Array,
  U16: Uint16Array,
  F16: Uint16Array,
  BF16: Uint16Array,
  I32: Int32Array,
  U32: Uint32Array,
  F32: Float32Array,
  F64: Float64Array,
  I64: BigInt64Array,
  U64: BigUint64Array,
};

/** Whether a word of a file's header names a type of the format that is supported here. */
export function isDtype(word: unknown): word is SafetensorsDtype {
  return typeof word === 'string' && Object.hasOwn(elementsClass, word);
}

/** Bytes of one element. */
export function bytesPerElement(dtype: SafetensorsDtype): number {
  return elementsClass[dtype].BYTES_PER_ELEMENT;
}

/** Adds the file's type to a plain array: Float32Array is F32, Int32Array I32, Uint8Array (booleans) BOOL. */
export function withDtype(tensor: NdArray | SafetensorsTensor): SafetensorsTensor {
  if ('dtype' in tensor) return tensor;
  const { data, shape } = tensor;
  if (data instanceof Float32Array) return { dtype: 'F32', shape, data };
  return data instanceof Int32Array ? { dtype: 'I32', shape, data } : { dtype: 'BOOL', shape, data };
}

const hostIsLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** Reverses the bytes of each element: the file is little-endian, whatever the machine. */
function swapped(bytes: Uint8Array, width: number): Uint8Array {
  const result = new Uint8Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) result[i] = bytes[i - (i % width) + width - 1 - (i % width)]!;
  return result;
}

/** The elements as the file holds them; a view, not a copy, on every little-endian machine. */
export function fileBytes(data: Elements): Uint8Array {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return hostIsLittleEndian ? bytes : swapped(bytes, data.BYTES_PER_ELEMENT);
}

/** The elements of the file's bytes: a view where the bytes are aligned for it, a copy elsewhere. */
export function elementsOfBytes(dtype: SafetensorsDtype, bytes: Uint8Array): Elements {
  const Class = elementsClass[dtype];
  const width = Class.BYTES_PER_ELEMENT;
  const ordered = hostIsLittleEndian ? bytes : swapped(bytes, width);
  // Not slice(): a Buffer's is a view.
  const aligned = ordered.byteOffset % width === 0 ? ordered : new Uint8Array(ordered);
  return new Class(aligned.buffer, aligned.byteOffset, aligned.byteLength / width);
}

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
