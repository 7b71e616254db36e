import { elementsOfBytes, type SafetensorsDtype } from '@m3ae/checkpoint';
import { invalidField } from '@m3ae/errors';
import { type NdArray, sizeOfShape } from '@m3ae/tree';

/** A tensor of a file, read when it is wanted. */
export interface FileTensor {
  readonly shape: readonly number[];
  /** Float32 of any float, int32 of any integer. */
  read(): NdArray;
}

/** Tensors by the names of their file. */
export type FileTensors = ReadonlyMap<string, FileTensor>;

/** Bytes of one element. */
export const bytesPerElement = (dtype: SafetensorsDtype): number =>
  elementsOfBytes(dtype, new Uint8Array()).BYTES_PER_ELEMENT;

/** What tensors of a file may come to: halves become float32, and a small one may repeat its elements. */
export const mostBytes = (fileBytes: number) => 4 * fileBytes + 2 ** 20;

/**
 * Reads all of some tensors.
 *
 * @param fileBytes - Length of the file. One tensor may stand under many names, or repeat one element many times; all
 * together they may not be many times the file.
 * @param later - Whose elements are read anew at each use, as long as the file is open: those of which only a copy is kept.
 * @throws InvalidInput if they are.
 */
export function readAll(
  tensors: FileTensors,
  fileBytes: number,
  later: (name: string, tensor: FileTensor) => boolean = () => false,
): Record<string, NdArray> {
  const elements = [...tensors.values()].reduce((sum, { shape }) => sum + sizeOfShape(shape), 0);
  const most = mostBytes(fileBytes);
  if (elements * 4 > most) {
    const remedy = 'The file is made to do harm.';
    throw invalidField('tensors', `of at most ${most} bytes in all`, elements * 4, remedy);
  }
  return Object.fromEntries(
    [...tensors].map(([name, tensor]) => [name, later(name, tensor) ? readLater(tensor) : tensor.read()]),
  );
}

const readLater = (tensor: FileTensor): NdArray => ({
  shape: tensor.shape,
  get data() {
    return tensor.read().data;
  },
});

/** Those below a prefix, without it. */
export function tensorsBelow(tensors: FileTensors, prefix: string): FileTensors {
  const below = [...tensors].filter(([name]) => name.startsWith(prefix));
  return new Map(below.map(([name, tensor]) => [name.slice(prefix.length), tensor]));
}
