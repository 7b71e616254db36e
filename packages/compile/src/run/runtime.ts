import type { InferenceSession, Tensor } from 'onnxruntime-node';

/** The part of ONNX Runtime's JavaScript interface that is used; `onnxruntime-node` and `onnxruntime-web` both have it. */
export interface OnnxRuntime {
  /** Makes sessions. */
  readonly InferenceSession: {
    /** Loads a model from the bytes of its file. */
    create(model: Uint8Array, options?: InferenceSession.SessionOptions): Promise<InferenceSession>;
  };
  /** The class of its tensors. */
  readonly Tensor: typeof Tensor;
}

/** Loads `onnxruntime-node` on first use, so that recording alone works without it, and in a browser. */
export async function loadRuntime(): Promise<OnnxRuntime> {
  const loaded = await import('onnxruntime-node').catch((error: unknown) => {
    throw new Error(
      'onnxruntime-node must be installed to run a compiled function. ' +
        'Run: ONNXRUNTIME_NODE_INSTALL=skip npm install onnxruntime-node, or in a browser pass { runtime } from onnxruntime-web.',
      { cause: error },
    );
  });
  return 'InferenceSession' in loaded ? loaded : (loaded as { default: OnnxRuntime }).default;
}
