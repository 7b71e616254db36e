import { messageOf, systemErrorOf } from '@m3ae/errors';
import { engine, keep, type Tensor } from '@tensorflow/tfjs-core';
import type { NdArray } from '@m3ae/tree';
import { DeviceArray, type DeviceMemory } from './device-array.js';

/** tfjs backends that `eager` runs on. */
export type EagerBackend = 'cpu' | 'wasm' | 'tensorflow';

const packages: Readonly<Record<EagerBackend, readonly string[]>> = {
  cpu: ['@tensorflow/tfjs-backend-cpu'],
  wasm: ['@tensorflow/tfjs-backend-wasm'],
  tensorflow: ['@tensorflow/tfjs-node', '@tensorflow/tfjs-node-gpu'],
};

/** All of them, the one that needs nothing else first. */
export const eagerBackends = Object.keys(packages) as EagerBackend[]; // they are typed as strings

/**
 * Imports the package of a backend unless tfjs knows the backend already.
 *
 * @throws Error with the command to install it, if none of its packages is there, or with the reason if one is but does not load.
 */
export async function loadBackend(backend: EagerBackend): Promise<void> {
  if (engine().findBackendFactory(backend) !== null) return;
  if (backend === 'tensorflow') await restoreOldUtilities();
  const failures: unknown[] = [];
  for (const name of packages[backend]) {
    try {
      const loaded: WasmModule = await import(name);
      if (backend === 'wasm') await findWasmFiles(loaded);
      return;
    } catch (error) {
      failures.push(error);
    }
  }
  const [first] = packages[backend];
  const broken = failures.find((failure) => !isMissing(failure, packages[backend]));
  if (broken !== undefined) {
    throw new Error(
      `backend ${backend} must load; its package is installed, but failed with: ${firstLineOf(broken)} ` +
        `Run: npm rebuild ${first}, or use another backend.`,
      { cause: broken },
    );
  }
  throw new Error(`backend ${backend} needs a package that is not installed. Run: npm install ${first}`, {
    cause: failures[0],
  });
}

/** Whether the package itself is not there, as opposed to something that it needs. */
function isMissing(failure: unknown, names: readonly string[]): boolean {
  const { code } = systemErrorOf(failure);
  const message = messageOf(failure);
  const isNotFound = code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND';
  // Bundlers and test runners word it themselves; the quotes tell the package from one inside of it.
  return (
    (isNotFound || /cannot find|failed to (load|resolve)/i.test(message)) &&
    names.some((name) => new RegExp(`['"]${name}['"]`).test(message))
  );
}

const firstLineOf = (failure: unknown) => messageOf(failure).split('\n')[0]!.replace(/\.?$/, '.');

interface WasmModule {
  readonly setWasmPaths?: (folder: string) => void;
  readonly default?: { readonly setWasmPaths?: (folder: string) => void };
}

/** Under Node the .wasm files lie beside the package's code; a browser's bundler has its own way. */
async function findWasmFiles(loaded: WasmModule): Promise<void> {
  if (typeof process === 'undefined' || !process.versions?.node) return;
  const { createRequire } = await import('node:module');
  const { dirname, sep } = await import('node:path');
  const from = createRequire(typeof __filename === 'string' ? __filename : import.meta.url);
  const entry = from.resolve('@tensorflow/tfjs-backend-wasm');
  (loaded.setWasmPaths ?? loaded.default?.setWasmPaths)?.(dirname(entry) + sep);
}

/** tfjs-node 4 calls two functions that Node 23 took out of `util`. */
async function restoreOldUtilities(): Promise<void> {
  const { default: util } = await import('node:util');
  util.isNullOrUndefined ??= (value) => value === null || value === undefined;
  util.isArray ??= Array.isArray;
}

/** The tensors of one function that outlive its calls. */
interface BackendMemory {
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
