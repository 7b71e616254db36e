import {
  type Elements,
  elementsOfBytes,
  type SafetensorsDtype,
  type SafetensorsTensor,
} from '@m3ae/checkpoint';
import { invalidField } from '@m3ae/errors';
import { gatherStrided, rowMajorStrides } from '../strides.js';
import { codeOf } from './numpy.js';
import type { PickleArray } from './values.js';

/** NumPy's codes of types that safetensors has too. */
const dtypes: Readonly<Record<string, SafetensorsDtype>> = {
  b1: 'BOOL',
  i1: 'I8',
  i2: 'I16',
  i4: 'I32',
  i8: 'I64',
  u1: 'U8',
  u2: 'U16',
  u4: 'U32',
  u8: 'U64',
  f2: 'F16',
  f4: 'F32',
  f8: 'F64',
  bfloat16: 'BF16',
};

/** The elements of an array as they follow in the file; nothing for a type that is not read here. */
export function elementsOf({ dtype, content }: PickleArray): Elements | undefined {
  const type = dtypes[codeOf(dtype)];
  if (type === undefined || Array.isArray(content)) return undefined;
  const bytes = content.read();
  return elementsOfBytes(type, dtype.bigEndian ? reversed(bytes, content.length, type) : bytes);
}

function reversed(bytes: Uint8Array, length: number, type: SafetensorsDtype): Uint8Array {
  const width = elementsOfBytes(type, new Uint8Array()).BYTES_PER_ELEMENT;
  const result = new Uint8Array(length);
  for (let at = 0; at < length; at++) result[at] = bytes[at - (at % width) + width - 1 - (at % width)]!;
  return result;
}

/**
 * A NumPy array of a pickle as a tensor, in C's order and the machine's order of bytes.
 *
 * @param name - What to call it in an error.
 * @throws InvalidInput if its elements are no numbers, or of a type that safetensors has not.
 */
export function tensorOfArray(array: PickleArray, name: string): SafetensorsTensor {
  const dtype = dtypes[codeOf(array.dtype)];
  const elements = elementsOf(array);
  if (dtype === undefined || elements === undefined) {
    const rule = `of one of the types ${Object.keys(dtypes).join(', ')}`;
    throw invalidField(name, rule, array.dtype.code, 'Save it as float32.');
  }
  const { shape, fortran } = array;
  const data = fortran
    ? gatherStrided(elements, shape, [...rowMajorStrides([...shape].reverse())].reverse(), 0)
    : elements;
  return { dtype, shape, data };
}
