import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { invalidField, messageOf } from '@m3ae/errors';

/** The part of ONNX Runtime's JavaScript interface that is used; `onnxruntime-node` and `onnxruntime-web` both have it. */
export interface OnnxRuntime {
  /** Makes sessions. */
  readonly InferenceSession: {
    /** Loads a model from the bytes of its file. */
    create(model: Uint8Array, options?: InferenceSession.SessionOptions): Promise<InferenceSession>;
  };
  /** The class of its tensors. */
  readonly Tensor: typeof Tensor;
  /** What it says of itself. */
  readonly env?: {
    /** Of which version it is; without it, nothing is kept in a cache. */
    readonly versions?: { readonly node?: string; readonly web?: string };
    /** Its GPU, once it has one: `onnxruntime-web` alone tells. */
    readonly webgpu?: { readonly device?: Promise<{ readonly lost: Promise<{ readonly message: string }> }> };
  };
}

/**
 * The runtime inside a module: CommonJS may put all of it under `default`.
 *
 * @returns Nothing where there is none, as in the empty module that bundlers for browsers put for `onnxruntime-node`.
 */
function runtimeIn(module: unknown): OnnxRuntime | undefined {
  const isRuntime = (value: unknown): value is OnnxRuntime => {
    const { InferenceSession, Tensor }: Partial<OnnxRuntime> = value ?? {};
    return typeof InferenceSession?.create === 'function' && typeof Tensor === 'function';
  };
  return [module, (module as { default?: unknown } | undefined)?.default].find(isRuntime);
}

/**
 * The runtime that a caller passed.
 *
 * @throws InvalidInput if it has no sessions or tensors.
 */
export function givenRuntime(runtime: OnnxRuntime): OnnxRuntime {
  const found = runtimeIn(runtime);
  if (found !== undefined) return found;
  const remedy = "Pass the module: import * as ort from 'onnxruntime-web', then { runtime: ort }.";
  throw invalidField('runtime', 'an ONNX Runtime with InferenceSession and Tensor', runtime, remedy);
}

/** Loads `onnxruntime-node` on first use, so that recording alone works without it, and in a browser. */
export async function loadRuntime(): Promise<OnnxRuntime> {
  let cause: unknown;
  const loaded: unknown = await import('onnxruntime-node').catch((error: unknown) => {
    cause = error;
  });
  const found = runtimeIn(loaded);
  if (found !== undefined) return found;
  throw new Error(
    'onnxruntime-node must be installed to run a compiled function, and does not exist in a browser. ' +
      'Run: ONNXRUNTIME_NODE_INSTALL=skip npm install onnxruntime-node. In a browser install onnxruntime-web and pass ' +
      "{ runtime: ort }, with ort from: import * as ort from 'onnxruntime-web'.",
    { cause },
  );
}

/** Where a compiled function runs. */
export type Device = 'cpu' | 'webgpu' | 'cuda';

/** All of them, the usual first. */
export const devices: readonly Device[] = ['cpu', 'webgpu', 'cuda'];

/** Settings of one session. Whatever they are, memory is not planned as one block: on the ViT-S step that adds 0.65 GB. */
export interface SessionSettings {
  readonly device: Device;
  /** Whether memory comes from ONNX Runtime's arena, which keeps it from run to run. Default true. */
  readonly arena?: boolean;
  /** Threads inside one operator; as many as ONNX Runtime finds cores if left out. */
  readonly threads?: number;
  /** Where ONNX Runtime's profiler writes: the beginning of a file's path. */
  readonly profile?: string;
  /** Whether results stay in the memory of a GPU. Default false. */
  readonly resident?: boolean;
  /** A library of operators that the graph uses. */
  readonly customOps?: string;
  /** Whether ONNX Runtime has optimized the model already, so that it need not again. */
  readonly optimized?: boolean;
  /** Path of a file to which ONNX Runtime writes the model as it optimized it. */
  readonly saveTo?: string;
}

/**
 * Threads of a session on a CPU where nobody says how many: those of `OMP_NUM_THREADS`, by which launchers and other engines share a
 * machine, or one for each core that this process may use.
 *
 * ONNX Runtime counts cores too, but by what the processor says of itself: on a virtual machine whose two processors are a core each
 * it was seen to find one core, and to leave the other idle. Linux is asked instead.
 *
 * @returns Nothing where that cannot be told: in a browser, and on systems where ONNX Runtime asks the system itself.
 */
export async function usualThreads(): Promise<number | undefined> {
  try {
    const shared = Number(process.env.OMP_NUM_THREADS);
    if (Number.isInteger(shared) && shared > 0) return shared;
    const { availableParallelism } = await import('node:os');
    const { readdir, readFile } = await import('node:fs/promises');
    const folder = '/sys/devices/system/cpu';
    const processors = (await readdir(folder)).filter((name) => /^cpu\d+$/.test(name));
    const cores = await Promise.all(
      // A processor that is switched off tells nothing of its core.
      processors.map((name) =>
        readFile(`${folder}/${name}/topology/thread_siblings_list`, 'utf8').catch(() => ''),
      ),
    );
    const count = new Set(cores.filter((core) => core !== '')).size;
    return count === 0 ? undefined : Math.min(count, availableParallelism());
  } catch {
    return undefined;
  }
}

/** ONNX Runtime's optimizers that are left out: what is computed twice was meant to be; what was not, a pass has shared. */
export const unwantedOptimizers = 'CommonSubexpressionElimination';

/** Says what to do when a device, or the code of a runtime, is missing. */
export function deviceError(device: Device, cause: unknown): unknown {
  const text = messageOf(cause);
  if (/no available backend/i.test(text) && /WebAssembly|\.wasm|imported module/i.test(text)) {
    return new Error(
      'runtime must find the .wasm file beside its own code; onnxruntime-web did not. With the development server of Vite set ' +
        "optimizeDeps: { exclude: ['onnxruntime-web'] } in vite.config.js; elsewhere serve the file and set ort.env.wasm.wasmPaths " +
        `to its folder (${text})`,
      { cause },
    );
  }
  if (device === 'cuda' && /cuda|provider|backend/i.test(text)) {
    return new Error(
      'device must be one that this ONNX Runtime has; received cuda, whose parts are not installed or do not load. ' +
        `Run: ONNXRUNTIME_NODE_INSTALL=cuda12 npm rebuild onnxruntime-node (${text})`,
      { cause },
    );
  }
  if (device === 'webgpu' && /webgpu|adapter|provider|backend|device/i.test(text)) {
    return new Error(
      'device must be one that this machine has; received webgpu, for which no adapter was found. ' +
        `Install a Vulkan driver, or use { device: 'cpu' } (${text})`,
      { cause },
    );
  }
  return cause;
}
