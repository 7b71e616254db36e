import { messageOf, systemErrorOf } from '@m3ae/errors';
import { engine } from '@tensorflow/tfjs-core';

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
