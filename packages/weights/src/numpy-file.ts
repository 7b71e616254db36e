import { toNdArray } from '@m3ae/checkpoint';
import { invalidField } from '@m3ae/errors';
import { sizeOfShape } from '@m3ae/tree';
import { type ByteSource, memorySource } from './byte-source.js';
import { dtypeOf, widthOf } from './pickle/numpy.js';
import { latin1Text } from './pickle/text.js';
import { tensorOfArray } from './pickle/to-tensor.js';
import type { PickleArray } from './pickle/values.js';
import type { FileTensor } from './tensors.js';

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
  const source = input instanceof Uint8Array ? memorySource(input) : input;
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
