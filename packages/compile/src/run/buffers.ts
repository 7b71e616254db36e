import { sizeOfShape, type NdArray } from '@m3ae/tree';
import type { Value } from '../ir/graph.js';

type Elements = NdArray['data'];

/** Arrays that results are written into. */
export interface BufferPool {
  /** An array for each value: one given earlier where it fits and is not among `inUse`, else a new one. */
  take(values: readonly Value[], inUse: readonly Elements[]): Elements[];
  /** Hands over arrays that nobody reads any more. */
  give(arrays: readonly Elements[]): void;
}

/**
 * Keeps donated arrays for the results of later calls.
 *
 * So a state that goes round, `state = await step(state, batch)`, lives in two sets of arrays that swap roles.
 * It holds at most what the results of one call need.
 */
export function bufferPool(results: readonly Value[]): BufferPool {
  const needed = new Map<string, number>();
  for (const value of results) needed.set(keyOfValue(value), (needed.get(keyOfValue(value)) ?? 0) + 1);
  let free: Elements[] = [];

  return {
    take(values, inUse) {
      const busy = new Set<ArrayBufferLike>(inUse.map((array) => array.buffer));
      const shelves = new Map<string, Elements[]>();
      const rest: Elements[] = [];
      for (const array of free) {
        const shelf = busy.has(array.buffer) ? rest : shelves.get(keyOfArray(array));
        if (shelf) shelf.push(array);
        else shelves.set(keyOfArray(array), [array]);
      }
      const taken = values.map((value) => shelves.get(keyOfValue(value))?.pop() ?? allocate(value));
      free = [...rest, ...[...shelves.values()].flat()];
      return taken;
    },
    give(arrays) {
      for (const array of arrays) {
        const same = free.filter((other) => keyOfArray(other) === keyOfArray(array)).length;
        // One array may stand at two leaves, and two may be views of the same bytes: each byte is kept once.
        if (same < (needed.get(keyOfArray(array)) ?? 0) && !free.some((other) => overlap(other, array)))
          free.push(array);
      }
    },
  };
}

function overlap(a: Elements, b: Elements): boolean {
  return (
    a.buffer === b.buffer &&
    a.byteOffset < b.byteOffset + b.byteLength &&
    b.byteOffset < a.byteOffset + a.byteLength
  );
}

const keyOfValue = (value: Value) => `${value.dtype}:${sizeOfShape(value.shape)}`;

function keyOfArray(array: Elements): string {
  const dtype = array instanceof Float32Array ? 'float32' : array instanceof Int32Array ? 'int32' : 'bool';
  return `${dtype}:${array.length}`;
}

function allocate({ dtype, shape }: Value): Elements {
  const length = sizeOfShape(shape);
  if (dtype === 'float32') return new Float32Array(length);
  return dtype === 'int32' ? new Int32Array(length) : new Uint8Array(length);
}
