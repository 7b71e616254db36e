import { getKernel, registerKernel, type NamedTensorInfoMap, type TensorInfo } from '@tensorflow/tfjs-core';
import { backendName, type TraceBackend } from './backend.js';
import type { Emitter, KernelCall } from './emitter.js';
import { emitters } from './kernels/index.js';

/** What tfjs passes to a kernel: named tensors, or a list of them. */
type KernelInputs = NamedTensorInfoMap | readonly TensorInfo[];

/** Registers all emitters as kernels of the recording backend; harmless when done before. */
export function registerEmitters(): void {
  for (const [kernelName, emitter] of Object.entries(emitters)) {
    if (getKernel(kernelName, backendName) !== undefined) continue;
    registerKernel({
      kernelName,
      backendName,
      kernelFunc: ({ inputs, attrs, backend }) =>
        run(kernelName, emitter, inputs, attrs, backend as TraceBackend),
    });
  }
}

function run(
  name: string,
  emitter: Emitter,
  inputs: KernelInputs,
  attributes: unknown,
  backend: TraceBackend,
): TensorInfo | TensorInfo[] {
  const tensors = inputs as NamedTensorInfoMap;
  const call: KernelCall = {
    name,
    graph: backend.graph,
    input: (key) => backend.lookUp(tensors[key]!),
    has: (key) => tensors[key] !== undefined && tensors[key] !== null,
    get list() {
      return Object.values(tensors).map((tensor) => backend.lookUp(tensor!));
    },
    attributes: <Attributes>() => (attributes ?? {}) as Attributes,
  };
  const values = emitter(call);
  return Array.isArray(values)
    ? values.map((value) => backend.wrap(value, name))
    : backend.wrap(values, name);
}
