import type * as Koffi from 'koffi';
import { messageOf, systemErrorOf } from '@m3ae/errors';
import { loadApi, type OrtApi, type Pointer } from './api.js';

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

/** A library of operators for ONNX Runtime that fits this program and machine. */
export interface Kernels {
  readonly path: string;
  /** Of the library's bytes: versions of one number may differ while they are worked on. */
  readonly digest: string;
  /** Whether this processor multiplies in bf16. */
  readonly bf16: boolean;
  /** Whether the library has products in float32 for this processor. */
  readonly float32: boolean;
  /** Gives memory back to the system that sessions do not use any more. */
  forgetMemory(): void;
}

let kernels: Promise<Kernels> | undefined;

/**
 * The library of `@m3ae/kernels`, looked for once a process. From then on sessions that ask for their environment's memory get the library's.
 *
 * @throws Error with the reason why it cannot be used.
 */
export function loadKernels(koffi: typeof Koffi, api: OrtApi): Promise<Kernels> {
  kernels ??= openKernels(koffi, api);
  return kernels;
}

async function openKernels(koffi: typeof Koffi, api: OrtApi): Promise<Kernels> {
  const { findKernels, kernelsVersion } = await import('@m3ae/kernels').catch((error: unknown) => {
    throw explainAbsence(error);
  });
  const path = findKernels();
  if (path === undefined) {
    const platform = `${process.platform}-${process.arch}`;
    throw new Error(
      `there is no library of @m3ae/kernels for ${platform}; build it with a C compiler: npx @m3ae/kernels`,
    );
  }
  const found = inspectKernels(koffi, path, kernelsVersion);
  const library = koffi.load(path);
  const share = library.func('void* m3ae_kernels_share_memory(const void*, void*)') as (
    ...args: Pointer[]
  ) => Pointer;
  if (share(api.table, api.environment)) throw new Error(`ONNX Runtime does not take memory of ${path}`);
  const float32 = library.func('int m3ae_kernels_float32()') as () => number;
  const forgetMemory = library.func('void m3ae_kernels_forget_memory()') as () => void;
  const { readFile } = await import('node:fs/promises');
  const { createHash } = await import('node:crypto');
  const digest = createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
  return { ...found, float32: float32() > 0, digest, forgetMemory };
}

/** Says how to install the package where it is absent; any other error as it is. */
export function explainAbsence(error: unknown): unknown {
  const isMissing = systemErrorOf(error).code?.endsWith('MODULE_NOT_FOUND');
  if (!isMissing || !/^Cannot find \w+ '@m3ae\/kernels'/.test(messageOf(error))) return error;
  const name = '@m3ae/kernels';
  return new Error(`the optional package ${name} is not installed: npm install ${name}`, { cause: error });
}

/** @throws Error with the library's name if it does not load or has another version. */
export function inspectKernels(
  koffi: typeof Koffi,
  path: string,
  expected: string,
): Pick<Kernels, 'path' | 'bf16'> {
  let version: string;
  let bf16: number;
  try {
    const library = koffi.load(path);
    version = library.func('const char* m3ae_kernels_version()')() as string;
    bf16 = library.func('int m3ae_kernels_bf16()')() as number;
  } catch (error) {
    throw new Error(`${path} does not load (${messageOf(error)})`, {
      cause: error,
    });
  }
  if (version !== expected) throw new Error(`${path} must be of version ${expected}; it is of ${version}`);
  return { path, bf16: bf16 > 0 };
}
