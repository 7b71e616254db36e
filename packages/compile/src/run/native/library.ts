import type * as Koffi from 'koffi';
import { loadApi, type OrtApi } from './api.js';

/** The version of ONNX Runtime whose C API was read and tested; `package.json` asks for just this one. */
export const testedVersion = '1.30.0';

/** Where `onnxruntime-node` keeps the library, in its folder for a system and processor. */
const fileNames: Readonly<Record<string, string>> = {
  linux: 'libonnxruntime.so.1',
  darwin: `libonnxruntime.${testedVersion}.dylib`,
  win32: 'onnxruntime.dll',
};

let loading: Promise<OrtApi> | undefined;

/**
 * The C API of the library inside `onnxruntime-node`, loaded once a process: the file that the package's own binding
 * would load, so that there is never a second copy of it.
 *
 * @throws Error with the reason why it cannot be used.
 */
export function nativeApi(): Promise<OrtApi> {
  loading ??= load();
  return loading;
}

async function load(): Promise<OrtApi> {
  const koffi = await loadKoffi();
  const { createRequire } = await import('node:module');
  const { dirname, join } = await import('node:path');
  const from = createRequire(typeof __filename === 'string' ? __filename : import.meta.url);
  const folder = dirname(from.resolve('onnxruntime-node/package.json'));
  const file = fileNames[process.platform];
  if (file === undefined) throw new Error(`there is no library for ${process.platform}`);
  const api = loadApi(koffi, join(folder, 'bin', 'napi-v6', process.platform, process.arch, file));
  if (api.version !== testedVersion) {
    throw new Error(`onnxruntime-node must be ${testedVersion}; found ${api.version}`);
  }
  shareHeap(koffi);
  return api;
}

/** Names of settings in glibc's malloc.h: heaps at most, and free bytes at the end of one that are kept. */
const heap = { most: -8, keep: -1 } as const;

/**
 * Memory that one thread frees serves every other: Node runs a graph on one of its threads, then on another, and the C library of Linux
 * gives each a heap of its own. The second setting also keeps large blocks out of the heap, whose end they would hold. ViT-S step of 32 examples in bf16, three steps, two threads: 3,680 instead of 6,506 MiB at the peak.
 */
function shareHeap(koffi: typeof Koffi): void {
  if (process.platform !== 'linux') return;
  try {
    const mallopt = koffi.load('libc.so.6').func('int mallopt(int, int)') as (
      name: number,
      value: number,
    ) => number;
    mallopt(heap.most, 1);
    mallopt(heap.keep, 2 ** 30);
  } catch {
    // Another C library, with one heap anyway.
  }
}

/** A run needs more stack than koffi gives an asynchronous call: kernels keep tiles of matrices there. */
const stackBytes = 8 * 1024 * 1024;

/** @throws Error if the package is not installed, or is not meant for this system, as in a browser. */
export async function loadKoffi(): Promise<typeof Koffi> {
  const module = (await import('koffi')) as typeof Koffi & { readonly default?: typeof Koffi };
  const koffi = module.default ?? module;
  if (typeof koffi.load !== 'function') throw new Error('koffi does not exist here');
  const config = koffi.config();
  const { sync_stack_size: own = 0, async_stack_size: other = 0 } = config;
  // It cannot be changed any more once koffi has loaded a library, for whomever.
  if (Math.min(own, other) < stackBytes) {
    koffi.config({ ...config, sync_stack_size: stackBytes, async_stack_size: stackBytes });
  }
  return koffi;
}
