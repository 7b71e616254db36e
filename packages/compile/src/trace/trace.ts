import { mapTree, type Tree } from '@m3ae/tree';
import { engine, getKernel, tidy } from '@tensorflow/tfjs-core';
import { invalidField } from '@m3ae/errors';
import type { Graph, Value } from '../ir/graph.js';
import { dtypeOf, type HostLeaf, mapResults, shapeOf } from '../arguments.js';
import { activeTrace, backendName, TraceBackend } from './backend.js';
import { registerEmitters } from './kernel-registry.js';

/** What a recording gives. */
export interface Traced {
  readonly graph: Graph;
  /** The results' tree; each leaf is the place of its tensor in `graph.outputs`. */
  readonly results: Tree<number>;
}

/** A function as the recorder sees it: tensors in, a tree of tensors out. */
export type TensorFunction = (...args: never[]) => unknown;

/**
 * Records one call of a function as a graph.
 *
 * Every leaf of the arguments becomes an input named by its path, `0.params.encoder`, and every tensor of the result
 * an output named likewise, `output.state`. Only shapes and element types of the arguments matter.
 *
 * @throws Error if the function reads a value, uses a kernel without emitter, or returns something else than tensors.
 */
export function trace(fn: TensorFunction, args: readonly Tree<HostLeaf>[], name: string): Traced {
  return withTraceBackend(name, (backend) => {
    let traced: Traced | undefined;
    // Nothing is returned through tidy: it would search the whole graph for tensors.
    tidy(() => {
      const inputs: Value[] = [];
      const tensors = args.map((arg, i) =>
        mapTree(
          arg,
          (leaf, path) => {
            const { tensor, value } = backend.input(shapeOf(leaf), dtypeOf(leaf), path);
            inputs.push(value);
            return engine().makeTensorFromTensorInfo(tensor);
          },
          String(i),
        ),
      );
      const outputs: Value[] = [];
      const returned = (fn as (...args: unknown[]) => unknown)(...tensors);
      if (backend.failedRead !== undefined) throw backend.failedRead;
      const { graph } = backend;
      const results = mapResults(returned, name, (leaf, path) => {
        const value = typeof leaf === 'number' ? graph.fill(leaf, [], 'float32') : backend.lookUp(leaf);
        // A node of its own: it may be an input, a constant, or the same value as another output.
        return outputs.push(graph.identity(value, path)) - 1;
      });
      if (outputs.length === 0) {
        const rule = 'a tree with at least one tensor';
        throw invalidField(`the result of ${name}`, rule, 'none', 'Return what it computes.');
      }
      traced = { graph: graph.finish(inputs, outputs), results };
    });
    return traced!;
  });
}

/**
 * Makes the recording backend current while `body` runs, then puts everything back, also on failure.
 *
 * @throws Error if a recording is in progress already.
 */
function withTraceBackend<Result>(functionName: string, body: (backend: TraceBackend) => Result): Result {
  if (activeTrace() !== undefined) {
    throw new Error(
      `${functionName} must not be compiled while another function is recorded; received a call from inside of one. ` +
        'Call the plain function there: it becomes a part of the graph.',
    );
  }
  registerEmitters();
  return withFreshState((former) => {
    const shared = engine();
    const formerBackend = shared.backendName;
    const backend = new TraceBackend(functionName, (dataId) =>
      former.tensorInfo.get(dataId)?.backend.readSync(dataId),
    );
    // Registered for this recording only: tfjs must never choose it by itself.
    shared.registerBackend(backendName, () => backend, -1);
    try {
      // Takes effect before it returns its promise, because the backend needs no waiting.
      void shared.setBackend(backendName);
      return withNamedFailures(() => body(backend));
    } finally {
      shared.removeBackend(backendName);
      if (formerBackend) void shared.setBackend(formerBackend);
    }
  });
}

/** Lets the engine say more about a kernel without emitter than its name. */
function withNamedFailures<Result>(body: () => Result): Result {
  const shared = engine();
  const runKernel = shared.runKernel.bind(shared);
  shared.runKernel = (kernelName, inputs, attributes) => {
    if (getKernel(kernelName, backendName) !== undefined) return runKernel(kernelName, inputs, attributes);
    const given = Object.entries(inputs).flatMap(([name, tensor]) =>
      tensor ? [`${name}: ${tensor.dtype} [${tensor.shape}]`] : [],
    );
    throw new Error(
      `kernel ${kernelName} must have an emitter to be compiled; received a call on ${given.join(', ') || 'no tensors'}. ` +
        'Add one to a table in packages/compile/src/trace/kernels/ (kernel-registry.ts lists the tables), or write the function with other operations.',
    );
  };
  try {
    return body();
  } finally {
    Reflect.deleteProperty(shared, 'runKernel');
  }
}

type EngineState = ReturnType<typeof engine>['state'];

/**
 * Runs `body` on an empty engine state, then puts the former one back, also on failure.
 *
 * Recording makes tensors without memory behind them. In a state of their own they need no disposal, appear in
 * no count of `memory()`, and an error in the middle of a gradient leaves neither a tape nor a kept tensor behind.
 *
 * @param body - Receives the former state, which knows the tensors made outside.
 */
function withFreshState<Result>(body: (former: EngineState) => Result): Result {
  const shared = engine();
  const former = shared.state;
  shared.state = new (former.constructor as new () => EngineState)();
  try {
    return body(former);
  } finally {
    shared.state = former;
  }
}
