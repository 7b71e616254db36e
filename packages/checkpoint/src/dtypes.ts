import type { NdArray } from '@m3ae/tree';

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
