import { invalidField } from '@m3ae/errors';
import type { FusedKernel } from '@m3ae/ops';
import { getKernel, type NamedTensorInfoMap, registerKernel, type TensorInfo } from '@tensorflow/tfjs-core';
import { backendName, type TraceBackend } from './backend.js';
import { type Emitter, type Emitters, type FusedEmitter, type KernelCall, lower } from './emitter.js';
import { arithmetic, logical } from './kernels/arithmetic.js';
import { fused } from './kernels/fused.js';
import { creation, elementwise } from './kernels/elementwise.js';
import { indexing } from './kernels/indexing.js';
import { movement } from './kernels/movement.js';
import { reduction } from './kernels/reduction.js';
import { product } from './kernels/product.js';

/** Every kernel that can be recorded. A new one is one line in the table of its theme. */
export const emitters: Emitters = {
  ...arithmetic,
  ...elementwise,
  ...logical,
  ...movement,
  ...reduction,
  ...product,
  ...indexing,
  ...creation,
  ...fused,
};

/** What tfjs passes to a kernel: named tensors, or a list of them. */
type KernelInputs = NamedTensorInfoMap | readonly TensorInfo[];

/** Emitters by the kernel's name, ours and those of others. */
const registered = new Map<string, Emitter>(Object.entries(emitters));

/** Emitters of others, as they were given. */
const own = new Map<string, unknown>();

/**
 * Lowers a kernel of one's own: a function that calls it can then be compiled.
 *
 * A fused kernel of a model is a contract (`fusedKernel` of `@m3ae/ops`), a function that runs it where the backend has it and composes
 * tfjs operations elsewhere, and this. Registering the same emitter again changes nothing.
 *
 * @param kernel - The contract.
 * @param emitter - Appends nodes to `call.graph` and returns the kernel's results, in the order of the contract.
 * @throws InvalidInput if the name has another emitter already: that of a tfjs kernel, or of another package.
 *
 * @example
 * ```ts
 * const swish = fusedKernel<{ beta: number }>()('MySwish', ['x']);
 * registerEmitter(swish, ({ graph, input, attributes }) => {
 *   const x = input('x');
 *   const scaled = graph.node('Mul', [x, graph.fill(attributes.beta, [], 'float32')], x);
 *   return graph.node('Mul', [x, graph.node('Sigmoid', [scaled], x)], x);
 * });
 * ```
 */
export function registerEmitter<Input extends string, Attributes extends object>(
  kernel: FusedKernel<Input, Attributes>,
  emitter: FusedEmitter<Input, Attributes>,
): void {
  const former = own.get(kernel.name);
  if (former === emitter) return;
  if (former !== undefined || registered.has(kernel.name)) {
    throw invalidField(
      'kernel.name',
      'without an emitter so far',
      kernel.name,
      'Begin the name with that of your project.',
    );
  }
  own.set(kernel.name, emitter);
  for (const [name, lowered] of Object.entries(lower(kernel, emitter))) registered.set(name, lowered);
}

/** Registers all emitters as kernels of the recording backend; harmless when done before. */
export function registerEmitters(): void {
  for (const [kernelName, emitter] of registered) {
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
