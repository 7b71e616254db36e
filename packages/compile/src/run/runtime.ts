import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { invalidField } from '@m3ae/errors';

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
