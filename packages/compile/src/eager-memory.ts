import type { NdArray } from '@m3ae/tree';
import { keep, type Tensor } from '@tensorflow/tfjs-core';
import { DeviceArray, type DeviceMemory } from './device-array.js';
import type { EagerBackend } from './eager-backends.js';

/** The tensors of one function that outlive its calls. */
export interface BackendMemory {
  /**
   * Keeps the results of a call, inside of its tidy.
   *
   * @param args - Tensors of arguments: a result that is one of them, or stands at two leaves, is shared by a second tensor.
   * @returns Keeps one result.
   */
  keeper(args: readonly unknown[]): (result: Tensor) => NdArray;
  /** Frees what is left. */
  release(): void;
}

/** Where resident results of a function on a tfjs backend lie. */
export function backendMemory(backend: EagerBackend): BackendMemory {
  const alive = new Set<DeviceArray<Tensor>>();
  const memory: DeviceMemory<Tensor> = {
    space: backend,
    read: async (arrays) => arrays.map(({ handle }) => elementsOf(handle)),
    readNow: ({ handle }) => elementsOf(handle),
    free(array) {
      alive.delete(array);
      array.handle.dispose();
    },
  };
  return {
    keeper(args) {
      const taken = new Set<unknown>(args);
      return (result) => {
        const own = keep(taken.has(result) ? result.clone() : result);
        taken.add(own);
        const array = new DeviceArray(own.shape, own.dtype as DeviceArray['dtype'], own, memory);
        alive.add(array);
        return array;
      };
    },
    release() {
      for (const array of alive) array.dispose();
    },
  };
}

/** A copy of a tensor's elements: a backend may hand out the memory that it goes on to use, in an array of another type. */
export function elementsOf(tensor: Tensor): NdArray['data'] {
  const elements = tensor.dataSync<'float32'>();
  if (tensor.dtype === 'float32') return Float32Array.from(elements);
  return tensor.dtype === 'int32' ? Int32Array.from(elements) : Uint8Array.from(elements);
}
