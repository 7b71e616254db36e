import { messageOf, systemErrorOf } from '@m3ae/errors';
import type * as Koffi from 'koffi';
import type { OrtApi, Pointer } from './api.js';

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

let loading: Promise<Kernels> | undefined;

/**
 * The library of `@m3ae/kernels`, looked for once a process. From then on sessions that ask for their environment's memory get the library's.
 *
 * @throws Error with the reason why it cannot be used.
 */
export function loadKernels(koffi: typeof Koffi, api: OrtApi): Promise<Kernels> {
  loading ??= load(koffi, api);
  return loading;
}

async function load(koffi: typeof Koffi, api: OrtApi): Promise<Kernels> {
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
  const kernels = inspectKernels(koffi, path, kernelsVersion);
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
  return { ...kernels, float32: float32() > 0, digest, forgetMemory };
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
