import { open } from 'node:fs/promises';
import {
  aligned,
  arrayHeader,
  elementTypes,
  groupHeader,
  heapBytes,
  heapCollection,
  heapReference,
  superblock,
  superblockBytes,
} from './structures.js';

/** Where bytes lie: which of a heap's collections, and which of its objects, from 1. */
interface HeapObject {
  readonly length: number;
  readonly collection: number;
  readonly index: number;
}

/** Objects of a collection are numbered by 16 bits. */
const mostObjects = 0xffff;

/** Elements that become bytes at a time. */
const blockRows = 4096;

/**
 * Starts an HDF5 file of arrays of one axis, as h5py writes them. Bytes go to the disk as they come; in memory stay one collection
 * of each heap, and 24 bytes of each element.
 *
 * @param path - Of a file that is not there.
 *
 * @see The HDF Group, HDF5 File Format Specification Version 3.0
 */
export async function createHdf5(path: string) {
  const file = await open(path, 'wx');
  let end = 0;
  /** Puts bytes at the end, and says where. */
  const append = async (bytes: Buffer): Promise<number> => {
    const at = end;
    const filled = Buffer.concat([bytes], aligned(bytes.length));
    end += filled.length;
    await file.writeFile(filled); // where the last one ended
    return at;
  };
  await append(Buffer.alloc(superblockBytes)); // known at the end

  /** Where collections lie, by their number. */
  const addresses: number[] = [];
  const flushes: (() => Promise<void>)[] = [];
  /** By name: how to write an array, which says where its header is. */
  const arrays = new Map<string, () => Promise<number>>();

  const writeArray = async (
    kind: keyof typeof elementTypes,
    rows: number,
    encode: (row: number) => Buffer,
  ): Promise<number> => {
    const address = end;
    // Four thousand elements of 4 or 16 bytes end at a multiple of eight: blocks follow one another without a gap.
    for (let start = 0; start < rows; start += blockRows) {
      const length = Math.min(blockRows, rows - start);
      await append(Buffer.concat(Array.from({ length }, (_, at) => encode(start + at))));
    }
    return append(arrayHeader(kind, rows, address));
  };

  return {
    /**
     * Stores bytes of any length; elements of several arrays, or several of one, may point to the same. What is stored
     * together is read together, so that captions must not lie among pictures.
     *
     * @param capacity - Bytes of what is read at once.
     */
    heap(capacity: number) {
      let objects: Uint8Array[] = [];
      let bytes = 0;
      let collection = -1;
      const flush = async () => {
        if (objects.length > 0) addresses[collection] = await append(heapCollection(objects));
        objects = [];
      };
      flushes.push(flush);
      return {
        async store(object: Uint8Array): Promise<HeapObject> {
          if (object.length === 0) return { length: 0, collection: -1, index: 0 };
          const more = heapBytes(object.length);
          if (bytes + more > capacity || objects.length === mostObjects) await flush();
          if (objects.length === 0) [bytes, collection] = [0, addresses.push(-1) - 1];
          bytes += more;
          return { length: object.length, collection, index: objects.push(object) };
        },
      };
    },
    /** An array of bytes, or of text, of any length, which grows at its end. */
    array(name: string, kind: 'bytes' | 'text') {
      const cells: number[] = []; // length, collection and index of each element in turn: a file may have millions
      const encode = (row: number) => {
        const [length, collection, index] = cells.slice(3 * row, 3 * row + 3);
        return heapReference(length!, addresses[collection!] ?? 0, index!);
      };
      arrays.set(name, () => writeArray(kind, cells.length / 3, encode));
      return {
        push: ({ length, collection, index }: HeapObject) => void cells.push(length, collection, index),
      };
    },
    /** An array of whole numbers of 32 bits, which grows at its end. */
    numbers(name: string) {
      const elements: number[] = [];
      const encode = (row: number) => Buffer.from(Int32Array.of(elements[row]!).buffer);
      arrays.set(name, () => writeArray('int32', elements.length, encode));
      return { push: (element: number) => void elements.push(element) };
    },
    /** Ends the file, which is whole then. */
    async close() {
      try {
        for (const flush of flushes) await flush();
        const links: [string, number][] = [];
        for (const [name, write] of arrays) links.push([name, await write()]);
        const root = await append(groupHeader(links));
        await file.write(superblock(root, end), 0, superblockBytes, 0);
      } finally {
        await file.close();
      }
    },
  };
}
