import {
  type Elements,
  elementsOfBytes,
  type SafetensorsDtype,
  type SafetensorsTensor,
  toNdArray,
} from '@m3ae/checkpoint';
import { invalidField } from '@m3ae/errors';
import { sizeOfShape } from '@m3ae/tree';
import { type ByteSource, latin1Text, sourceOf } from './byte-source.js';
import { codeOf, dtypeOf, widthOf } from './pickle/numpy.js';
import type { PickleArray } from './pickle/values.js';
import { bytesPerElement, type FileTensor } from './tensors.js';

const magic = '\x93NUMPY';
/** Bytes of a header at most; those of arrays of numbers have about a hundred. */
const longestHeader = 1 << 16;

/**
 * The array of a `.npy` file, as `numpy.save` writes it.
 *
 * @throws InvalidInput if it is no such file, damaged, or holds other things than numbers.
 *
 * @see numpy.lib.format, versions 1.0 to 3.0
 */
export function readNumpy(input: ByteSource | Uint8Array): FileTensor {
  const source = sourceOf(input);
  const { name, length } = source;
  const damaged = (received: string) =>
    invalidField(name, 'an array of numbers that numpy.save wrote', received, 'Save it again, as float32.');
  const head = latin1Text(source.read(0, Math.min(12, length)));
  const bytesOfLength = head.charCodeAt(6) === 1 ? 2 : 4;
  if (!head.startsWith(magic) || head.length < 12) throw damaged('another kind of file, or a damaged one');
  const start = 8 + bytesOfLength;
  const headerLength = source.read(8, start).reduceRight((sum, byte) => 256 * sum + byte, 0);
  const end = start + headerLength;
  if (headerLength > longestHeader || end > length) throw damaged('a damaged one');
  const header = latin1Text(source.read(start, end));
  const valueOf = (key: string, value: string) => new RegExp(`['"]${key}['"]: *${value}`).exec(header)?.[1];
  const code = valueOf('descr', `['"]([<>=|]?\\w+)['"]`);
  const order = valueOf('fortran_order', '(True|False)');
  const axes = valueOf('shape', '\\(([0-9, ]*)\\)');
  if (code === undefined || order === undefined || axes === undefined) throw damaged(header.trim());
  const dtype = dtypeOf([code], name);
  const shape = axes.split(',').flatMap((axis) => (axis.trim() === '' ? [] : [Number(axis)]));
  const width = widthOf(dtype);
  if (width === undefined) throw damaged(`elements of ${code}`);
  if (sizeOfShape(shape) * width !== length - end)
    throw damaged(`${length - end} bytes for [${shape}] of ${code}`);
  const content = {
    type: 'bytes' as const,
    length: length - end,
    read: () => source.read(end, length).slice(),
  };
  const array: PickleArray = { type: 'array', shape, dtype, fortran: order === 'True', content };
  return { shape, read: () => toNdArray(tensorOfArray(array, name), name) };
}

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
  const width = bytesPerElement(type);
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

/** How far apart neighbors along each axis lie in C's order. */
function rowMajorStrides(shape: readonly number[]): number[] {
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
