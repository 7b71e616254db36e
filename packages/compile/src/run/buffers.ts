import { type NdArray, sizeOfShape } from '@m3ae/tree';
import type { ResultType } from '../ir/builder.js';

type Elements = NdArray['data'];

/** Arrays that results are written into. */
interface BufferPool {
  /** An array for each value: one given earlier where it fits and is not among `inUse`, else a new one. */
  take(values: readonly ResultType[], inUse: readonly Elements[]): Elements[];
  /** Hands over arrays that nobody reads any more. */
  give(arrays: readonly Elements[]): void;
}

/**
 * Keeps donated arrays for the results of later calls.
 *
 * So a state that goes round, `state = await step(state, batch)`, lives in two sets of arrays that swap roles.
 * It holds at most what the results of one call need.
 */
export function bufferPool(results: readonly ResultType[]): BufferPool {
  const needed = new Map<string, number>();
  for (const value of results) needed.set(keyOfValue(value), (needed.get(keyOfValue(value)) ?? 0) + 1);
  let free: Elements[] = [];

  return {
    take(values, inUse) {
      const busy = new Set(inUse.map((array) => array.buffer));
      const shelves = groupBy(free, (array) => (busy.has(array.buffer) ? 'busy' : keyOfArray(array)));
      const taken = values.map((value) => shelves.get(keyOfValue(value))?.pop() ?? allocate(value));
      free = [...shelves.values()].flat();
      return taken;
    },
    give(arrays) {
      const shelves = groupBy(free, keyOfArray);
      const owners = groupBy(free, (array) => array.buffer);
      for (const array of arrays) {
        const shelf = shelfOf(shelves, keyOfArray(array));
        const sharing = shelfOf(owners, array.buffer);
        const isWanted = shelf.length < (needed.get(keyOfArray(array)) ?? 0);
        // One array may stand at two leaves, and two may be views of the same bytes: each byte is kept once.
        if (!isWanted || sharing.some((other) => overlap(other, array))) continue;
        shelf.push(array);
        sharing.push(array);
      }
      free = [...shelves.values()].flat();
    },
  };
}

function groupBy<Key>(arrays: readonly Elements[], keyOf: (array: Elements) => Key): Map<Key, Elements[]> {
  const groups = new Map<Key, Elements[]>();
  for (const array of arrays) shelfOf(groups, keyOf(array)).push(array);
  return groups;
}

function shelfOf<Key>(shelves: Map<Key, Elements[]>, key: Key): Elements[] {
  const shelf = shelves.get(key) ?? [];
  shelves.set(key, shelf);
  return shelf;
}

/** Whether two views of one buffer have a byte in common. */
function overlap(a: Elements, b: Elements): boolean {
  return a.byteOffset < b.byteOffset + b.byteLength && b.byteOffset < a.byteOffset + a.byteLength;
}

const keyOfValue = (value: ResultType) => `${value.dtype}:${sizeOfShape(value.shape)}`;

function keyOfArray(array: Elements): string {
  const dtype = array instanceof Float32Array ? 'float32' : array instanceof Int32Array ? 'int32' : 'bool';
  return `${dtype}:${array.length}`;
}

/** An array for a value. */
export function allocate({ dtype, shape }: ResultType): Elements {
  const length = sizeOfShape(shape);
  if (dtype === 'float32') return new Float32Array(length);
  return dtype === 'int32' ? new Int32Array(length) : new Uint8Array(length);
}
