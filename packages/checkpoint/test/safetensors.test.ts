import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  decodeSafetensors,
  decodeSafetensorsHeader,
  type Elements,
  encodeSafetensors,
  type SafetensorsDtype,
  type SafetensorsTensor,
  toNdArray,
} from '../src/index.js';
import { fixture, floats, rawFile } from './support.js';

interface Described {
  readonly metadata: Record<string, string>;
  readonly tensors: Record<string, { dtype: SafetensorsDtype; shape: number[]; values: string[] }>;
}

// Written and described by the format's own library in Python: see make.py.
const bytes = new Uint8Array(readFileSync(fixture('dtypes.safetensors')));
const expected = JSON.parse(readFileSync(fixture('expected.json'), 'utf8')) as Described;

/** Python's text of a value, as a number or bigint. */
function parsePython(dtype: string, text: string): number | bigint {
  if (dtype === 'BOOL') return text === 'True' ? 1 : 0;
  if (dtype === 'I64' || dtype === 'U64') return BigInt(text);
  return text === 'nan' ? NaN : text.endsWith('inf') ? Number(text.replace('inf', 'Infinity')) : Number(text);
}

const isHalf = (dtype: string) => dtype === 'F16' || dtype === 'BF16';

test('a file of all types, made in Python, is read value for value', () => {
  const { tensors, metadata } = decodeSafetensors(bytes);
  expect(metadata).toEqual(expected.metadata);
  expect(Object.keys(tensors).sort()).toEqual(Object.keys(expected.tensors).sort());
  for (const [name, { dtype, shape, values }] of Object.entries(expected.tensors)) {
    const tensor = tensors[name]!;
    expect(tensor.dtype).toBe(dtype);
    expect(tensor.shape).toEqual(shape);
    const found: Iterable<number | bigint> = isHalf(dtype) ? toNdArray(tensor).data : tensor.data;
    expect([name, ...found]).toEqual([name, ...values.map((text) => parsePython(dtype, text))]);
  }
});

const dataOf = (file: Uint8Array) => file.subarray(decodeSafetensorsHeader(file).dataOffset);

test('what Python wrote is what we write, byte for byte', () => {
  const { tensors, metadata } = decodeSafetensors(bytes);
  const ours = encodeSafetensors(tensors, metadata);
  expect(decodeSafetensors(ours)).toEqual({ tensors, metadata });
  // Tensors lie in the same order; only the metadata's order is up to chance in the library.
  expect(dataOf(ours)).toEqual(dataOf(bytes));
});

test.each<[SafetensorsDtype, Elements, number[]]>([
  ['F64', Float64Array.of(0.1, 1e300), [Math.fround(0.1), Infinity]],
  ['I64', BigInt64Array.of(-5n, 7n), [-5, 7]],
  ['U32', Uint32Array.of(0, 2147483647), [0, 2147483647]],
  ['U8', Uint8Array.of(0, 255), [0, 255]],
  ['I8', Int8Array.of(-128), [-128]],
])('%s becomes a plain array', (dtype, data, values) => {
  const array = toNdArray({ dtype, shape: [data.length], data });
  expect([...array.data]).toEqual(values);
  expect(array.data).toBeInstanceOf(dtype === 'F64' ? Float32Array : Int32Array);
});

test('an integer beyond int32 is refused by its place', () => {
  const tensor: SafetensorsTensor = { dtype: 'I64', shape: [2], data: BigInt64Array.of(1n, 2147483648n) };
  expect(() => toNdArray(tensor, 'ids')).toThrow(
    'ids[1] must be within int32; received 2147483648. Read the tensor in its own type instead.',
  );
});

const anyTensor = fc.oneof(
  fc.array(fc.float()).map((values): SafetensorsTensor => ({
    dtype: 'F32',
    shape: [values.length],
    data: Float32Array.from(values),
  })),
  fc.uint8Array().map((data): SafetensorsTensor => ({ dtype: 'U8', shape: [1, data.length], data })),
  fc.bigInt64Array().map((data): SafetensorsTensor => ({ dtype: 'I64', shape: [data.length, 1], data })),
  fc
    .int16Array({ minLength: 1, maxLength: 1 })
    .map((data): SafetensorsTensor => ({ dtype: 'I16', shape: [], data })),
);
const names = fc.string({ unit: 'grapheme' }).filter((name) => name !== '__metadata__');

test('any tensors come back as they were, aligned, whatever their names', () => {
  fc.assert(
    fc.property(
      fc.dictionary(names, anyTensor),
      fc.dictionary(names, fc.string({ unit: 'grapheme' })),
      (tensors, metadata) => {
        const file = encodeSafetensors(tensors, metadata);
        const { entries, dataOffset } = decodeSafetensorsHeader(file);
        expect(dataOffset % 8).toBe(0);
        for (const { dtype, begin } of entries) {
          expect(begin % ({ F32: 4, I64: 8, I16: 2 }[dtype as string] ?? 1)).toBe(0);
        }
        const shifted = new Uint8Array(file.length + 1); // not aligned: views are impossible, copies must do
        shifted.set(file, 1);
        for (const found of [decodeSafetensors(file), decodeSafetensors(shifted.subarray(1))]) {
          expect(new Map(Object.entries(found.tensors))).toEqual(new Map(Object.entries(tensors)));
          expect(new Map(Object.entries(found.metadata))).toEqual(new Map(Object.entries(metadata)));
        }
      },
    ),
  );
});

test('the same content gives the same bytes, whatever the order of the names', () => {
  const a = floats([1]);
  const b = { shape: [3], data: Uint8Array.of(1, 0, 1) };
  expect(encodeSafetensors({ a, b })).toEqual(encodeSafetensors({ b, a }));
});

test('a decoded tensor is a view of the file', () => {
  const file = encodeSafetensors({ a: floats([1, 2]) });
  expect(decodeSafetensors(file).tensors.a!.data.buffer).toBe(file.buffer);
});

const four = new Uint8Array(4);
const entry = (dtype: unknown, shape: unknown, offsets: unknown) => ({ dtype, shape, data_offsets: offsets });
const one = entry('F32', [1], [0, 4]);
const hostile: [string, Uint8Array, string][] = [
  ['no bytes', new Uint8Array(), 'bytes must be at least 8 bytes long; received 0 bytes.'],
  ['seven bytes', new Uint8Array(7), 'at least 8 bytes long; received 7 bytes.'],
  [
    'a length beyond the file',
    rawFile('{}').subarray(0, 9),
    'header length must be within the file (9 bytes); received 2.',
  ],
  [
    'a length of 2^64 - 1',
    new Uint8Array(16).fill(255),
    'header length must be at most 100000000 bytes; received 18446744073709551615.',
  ],
  [
    'an empty header',
    rawFile(''),
    "header must be a JSON object that starts with '{'; received byte undefined.",
  ],
  ['a leading space', rawFile(' {}'), "starts with '{'; received byte 32."],
  ['a list', rawFile('[]'), "starts with '{'; received byte 91."],
  ['cut JSON', rawFile('{"a":'), 'header must be JSON in UTF-8; received '],
  [
    'bytes that are not UTF-8',
    rawFile('{"a":0}').map((byte, i) => (i === 10 ? 0xff : byte)),
    'received bytes that are not UTF-8',
  ],
  [
    'a name given twice',
    rawFile(`{"a":${JSON.stringify(one)},"\\u0061":${JSON.stringify(one)}}`, four),
    'names of the header must be different; received a twice.',
  ],
  [
    'a dtype given twice',
    rawFile('{"a":{"dtype":"F32","dtype":"I32","shape":[1],"data_offsets":[0,4]}}', four),
    'received dtype twice.',
  ],
  [
    'a number for a tensor',
    rawFile({ a: 3 }),
    'a must be an object with dtype, shape and data_offsets; received 3',
  ],
  [
    'null for a tensor',
    rawFile({ a: null }),
    'a must be an object with dtype, shape and data_offsets; received null',
  ],
  [
    'an unknown dtype',
    rawFile({ a: entry('F31', [1], [0, 4]) }, four),
    'a: dtype must be known; received "F31"',
  ],
  [
    'a dtype of Object',
    rawFile({ a: entry('toString', [1], [0, 4]) }, four),
    'a: dtype must be known; received "toString"',
  ],
  [
    'a negative length',
    rawFile({ a: entry('F32', [-1], [0, 4]) }, four),
    'a: shape must be a list of integers >= 0; received [-1]',
  ],
  ['a fractional length', rawFile({ a: entry('F32', [0.5], [0, 4]) }, four), 'received [0.5]'],
  [
    'a length beyond exact integers',
    rawFile({ a: entry('F32', [2 ** 53], [0, 4]) }, four),
    'received [9007199254740992]',
  ],
  [
    'lengths whose product overflows',
    rawFile({ a: entry('F32', [2 ** 31, 2 ** 31, 2 ** 31], [0, 4]) }, four),
    'takes more bytes than can be counted; received data_offsets that span 4',
  ],
  [
    'an overflow that a zero hides',
    rawFile({ a: entry('F32', [2 ** 50, 2 ** 50, 0], [0, 0]) }),
    'takes more bytes than can be counted',
  ],
  ['a shape as text', rawFile({ a: entry('F32', '1', [0, 4]) }, four), 'received "1"'],
  [
    'no shape',
    rawFile({ a: { dtype: 'F32', data_offsets: [0, 4] } }, four),
    'a: shape must be a list of integers >= 0; received undefined',
  ],
  [
    'offsets backwards',
    rawFile({ a: entry('F32', [1], [4, 0]) }, four),
    'a: data_offsets must be [begin, end] with begin <= end; received [4,0]',
  ],
  ['three offsets', rawFile({ a: entry('F32', [1], [0, 4, 8]) }, four), 'received [0,4,8]'],
  [
    'a shape larger than its span',
    rawFile({ a: entry('F32', [2], [0, 4]) }, four),
    'a: F32 [2] takes 8 bytes; received data_offsets that span 4',
  ],
  [
    'a shape smaller than its span',
    rawFile({ a: entry('I8', [2], [0, 4]) }, four),
    'a: I8 [2] takes 2 bytes; received data_offsets that span 4',
  ],
  [
    'a hole at the start',
    rawFile({ a: entry('F32', [1], [4, 8]) }, new Uint8Array(8)),
    'a: data must begin at byte 0; received 4, which leaves a hole',
  ],
  [
    'a hole in the middle',
    rawFile({ a: one, b: entry('F32', [1], [8, 12]) }, new Uint8Array(12)),
    'b: data must begin at byte 4; received 8, which leaves a hole',
  ],
  [
    'an overlap',
    rawFile({ a: one, b: entry('U8', [4], [2, 6]) }, new Uint8Array(6)),
    'b: data must begin at byte 4; received 2, which overlaps the tensor before it',
  ],
  [
    'the same bytes twice',
    rawFile({ a: one, b: one }, four),
    'b: data must begin at byte 4; received 0, which overlaps',
  ],
  ['bytes left over', rawFile({ a: one }, new Uint8Array(5)), '1 bytes must not follow the last tensor'],
  ['bytes left over by an empty file', rawFile({}, four), '4 bytes must not follow the last tensor'],
  [
    'bytes missing',
    rawFile({ a: one }, new Uint8Array(3)),
    'the tensors take 4 bytes; received a file with 3',
  ],
  [
    'metadata that is no record',
    rawFile({ __metadata__: ['x'] }),
    '__metadata__ must map names to strings; received ["x"]',
  ],
  [
    'metadata with a number',
    rawFile({ __metadata__: { a: 1 } }),
    '__metadata__ must map names to strings; received {"a":1}',
  ],
  [
    'nesting without end',
    rawFile(`{"a":{"dtype":"F32","shape":${'['.repeat(2e5)}${']'.repeat(2e5)},"data_offsets":[0,4]}}`, four),
    'a: shape must be a list of integers >= 0; received ',
  ],
];

test.each(hostile)('%s: refused', (_, file, message) => {
  expect(() => decodeSafetensors(file)).toThrow(RangeError);
  expect(() => decodeSafetensors(file)).toThrow(message);
});

test('all faults of a header come in one error', () => {
  const file = rawFile({ a: entry('F31', [1], [0, 4]), b: entry('F32', [9], [0, 4]) }, four);
  expect(() => decodeSafetensors(file)).toThrow(
    'bytes must have a valid header;\n' +
      '  - a: dtype must be known; received "F31"\n' +
      '  - b: F32 [9] takes 36 bytes; received data_offsets that span 4\n' +
      'The file is damaged or not safetensors: fetch or write it again.',
  );
});

test('what the format allows is read: padding, any order, empty tensors, an odd start, names like __proto__', () => {
  const file = rawFile(
    '{"b":{"dtype":"F32","shape":[1],"data_offsets":[1,5]},"e":{"dtype":"F64","shape":[0],"data_offsets":[5,5]},' +
      '"__proto__":{"dtype":"U8","shape":[],"data_offsets":[0,1]}}   ',
    Uint8Array.of(7, 0, 0, 0x80, 0x3f),
  );
  const { tensors } = decodeSafetensors(file);
  expect(Object.keys(tensors).sort()).toEqual(['__proto__', 'b', 'e']);
  expect([...(tensors.b!.data as Float32Array)]).toEqual([1]);
  expect([...(Object.getOwnPropertyDescriptor(tensors, '__proto__')!.value.data as Uint8Array)]).toEqual([7]);
  expect(decodeSafetensors(rawFile('{}'))).toEqual({ tensors: {}, metadata: {} });
});

test('names and metadata full of JSON are no duplicates', () => {
  const tensors = { 'a":1,"a': floats([1]), a: floats([2]), 'a\\': floats([3]), '\\"a': floats([4]) };
  const metadata = { a: '{"a":1,"a":2}', b: '"', c: '\\' };
  expect(decodeSafetensors(encodeSafetensors(tensors, metadata)).metadata).toEqual(metadata);
});

test('the limit on the header can be set', () => {
  const file = rawFile('{}      ');
  expect(() => decodeSafetensors(file, { maxHeaderBytes: 7 })).toThrow(
    'at most 7 bytes; received 8. Raise maxHeaderBytes',
  );
  expect(decodeSafetensors(file, { maxHeaderBytes: 8 }).tensors).toEqual({});
});

/** Name of what a call throws. */
function errorOf(call: () => unknown): string {
  try {
    call();
    return 'none';
  } catch (error) {
    return (error as Error).constructor.name;
  }
}

test('no damage to a file crashes the reader with anything but a fault of the file', () => {
  const valid = encodeSafetensors(
    { a: floats([1, 2]), b: { shape: [1], data: Int32Array.of(3) } },
    { x: 'y' },
  );
  const edits = fc.array(fc.tuple(fc.nat(valid.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(edits, fc.nat(valid.length), (changes, length) => {
      const file = valid.slice();
      for (const [place, byte] of changes) file[place] = byte;
      for (const damaged of [file, valid.subarray(0, length)]) {
        expect(['none', 'InvalidInput']).toContain(errorOf(() => decodeSafetensors(damaged)));
      }
    }),
    { numRuns: 500 },
  );
});

test('tensors that do not fit the format are all named', () => {
  const wrong = {
    a: { shape: [3], data: Float32Array.of(1, 2) },
    b: { dtype: 'F16', shape: [1], data: Float32Array.of(1) } as SafetensorsTensor,
    c: { dtype: 'float32', shape: [1], data: Float32Array.of(1) } as never,
    d: { shape: [-1], data: Float32Array.of() },
    '\ud800': floats([1]),
    __metadata__: floats([1]),
  };
  expect(() => encodeSafetensors(wrong, { m: 1 } as never)).toThrow(
    'tensors must fit the safetensors format;\n' +
      '  - "a": data must hold the product of shape [3]; received 2 elements\n' +
      '  - "b": F16 must be held by Uint16Array; received Float32Array\n' +
      '  - "c": dtype must be known; received float32\n' +
      '  - "d": data must hold the product of shape [-1]; received 0 elements\n' +
      '  - "\\ud800" must be well-formed Unicode\n' +
      '  - __metadata__ must not name a tensor; rename it\n' +
      '  - __metadata__.m must be a string; received number\n' +
      'Pass { shape, data } of matching size.',
  );
});
