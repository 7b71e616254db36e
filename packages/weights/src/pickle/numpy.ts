import { invalidField } from '@m3ae/errors';
import { sizeOfShape } from '@m3ae/tree';
import { isLatin1, latin1Bytes } from '../byte-source.js';
import {
  isPickled,
  type PickleArray,
  type PickleBytes,
  type PickleDtype,
  type PickleValue,
} from './values.js';

const remedy = 'The file is damaged, or made by hand: fetch it again from whom you trust.';

/** Bytes that a Python 2 pickle, or an old protocol, holds as text with a letter a byte. */
export function bytesOf(value: PickleValue | undefined, where: string): PickleBytes {
  if (isPickled(value, 'bytes')) return value;
  if (typeof value === 'string' && isLatin1(value)) {
    return { type: 'bytes', length: value.length, read: () => latin1Bytes(value) };
  }
  throw invalidField(where, 'bytes', nameOf(value), remedy);
}

/** `numpy.dtype(code, …)`; the code is text, or the class of a scalar. */
export function dtypeOf(args: readonly PickleValue[], where: string): PickleDtype {
  const [code] = args;
  const name = isPickled(code, 'global') ? code.name.split('.').at(-1)! : code;
  if (typeof name !== 'string')
    throw invalidField(where, 'the name of an element type', nameOf(code), remedy);
  const [, order, rest] = /^([<>=|]?)(.*)$/s.exec(name)!;
  return { type: 'dtype', code: rest!, bigEndian: order === '>' };
}

/** What `dtype.__setstate__` does: the second item is the order of bytes. */
export function setDtype(dtype: PickleDtype, state: PickleValue): void {
  if (Array.isArray(state) && typeof state[1] === 'string') dtype.bigEndian = state[1] === '>';
}

/** A NumPy array, or the one that a jax.Array was pickled as: a function, its arguments, and the array's state. */
export function arrayIn(value: PickleValue | undefined, where: string): PickleArray | undefined {
  if (isPickled(value, 'array')) return value;
  const isJax = isPickled(value, 'stub') && /^jax.*\._?reconstruct_(device_)?array$/.test(value.name);
  if (!isJax || !Array.isArray(value.args[2])) return undefined;
  const array = emptyArray();
  setArray(array, value.args[2], where);
  return array;
}

/** What `_reconstruct` makes: an array without content, until its state is set. */
export function emptyArray(): PickleArray {
  return {
    type: 'array',
    shape: [0],
    dtype: { type: 'dtype', code: 'V1', bigEndian: false },
    fortran: false,
    content: [],
  };
}

/** What `ndarray.__setstate__` does: (version, shape, dtype, whether in Fortran's order, content). */
export function setArray(array: PickleArray, state: PickleValue, where: string): void {
  const [version, shape, dtype, fortran, content] = Array.isArray(state) ? state : [];
  const known = typeof version === 'number' && isPickled(dtype, 'dtype');
  if (!known) throw invalidField(where, 'the state of an array', nameOf(state), remedy);
  fill(array, shape, dtype, fortran === true || fortran === 1, content, where);
}

/** `_frombuffer(bytes, dtype, shape, order)`, as protocol 5 has it. */
export function arrayOfBuffer(args: readonly PickleValue[], where: string): PickleArray {
  const [content, dtype, shape, order] = args;
  if (!isPickled(dtype, 'dtype')) throw invalidField(where, 'an element type', nameOf(dtype), remedy);
  const array = emptyArray();
  fill(array, shape, dtype, order === 'F', content, where);
  return array;
}

function fill(
  array: PickleArray,
  shape: PickleValue | undefined,
  dtype: PickleDtype,
  fortran: boolean,
  content: PickleValue | undefined,
  where: string,
): void {
  const isShape =
    Array.isArray(shape) &&
    shape.length <= 32 &&
    shape.every((n) => Number.isSafeInteger(n) && Number(n) >= 0);
  if (!isShape) throw invalidField(where, 'the shape of an array', nameOf(shape), remedy);
  const lengths = shape as number[];
  const items = Array.isArray(content) ? content : bytesOf(content, where);
  const width = Array.isArray(content) ? 1 : widthOf(dtype);
  if (width !== undefined && sizeOfShape(lengths) * width !== items.length) {
    throw invalidField(where, `an array [${lengths}] of ${dtype.code}`, `content of ${items.length}`, remedy);
  }
  Object.assign(array, { shape: lengths, dtype, fortran, content: items });
}

/** Bytes of an element; nothing for a type that is not read here, whose array cannot be turned into numbers. */
export function widthOf({ code }: PickleDtype): number | undefined {
  if (code === 'bfloat16') return 2;
  const width = /^[biufcV](\d+)$/.exec(code)?.[1] ?? named[code]?.slice(1);
  return width === undefined ? undefined : Number(width);
}

/** Names that a dtype may have beside its code. */
const named: Readonly<Record<string, string>> = {
  bool: 'b1',
  bool_: 'b1',
  int32: 'i4',
  int64: 'i8',
  uint8: 'u1',
  float16: 'f2',
  float32: 'f4',
  float64: 'f8',
};

/** Kind and width of an element type that has a name beside its code. */
export function codeOf({ code }: PickleDtype): string {
  return named[code] ?? code;
}

function nameOf(value: PickleValue | undefined): string {
  if (value === undefined || value === null || typeof value !== 'object') return String(value).slice(0, 40);
  return Array.isArray(value) ? 'a list' : 'type' in value ? value.type : 'a container';
}
