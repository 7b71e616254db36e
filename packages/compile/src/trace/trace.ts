import { mapTree, type Tree } from '@m3ae/tree';
import { engine, Tensor, tidy } from '@tensorflow/tfjs-core';
import { invalidField } from '@m3ae/errors';
import type { Graph, Value } from '../ir/graph.js';
import { dtypeOf, type HostLeaf } from '../host.js';
import type { TraceBackend } from './backend.js';
import { withTraceBackend } from './recording.js';

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
      const results = mapTree(
        checkTree(returned, name),
        (leaf, path) => outputs.push(outputOf(leaf, path, backend, name)) - 1,
        'output',
      );
      if (outputs.length === 0) {
        throw invalidField(
          `the result of ${name}`,
          'a tree with at least one tensor',
          'none',
          'Return what it computes.',
        );
      }
      traced = { graph: backend.graph.finish(inputs, outputs), results };
    });
    return traced!;
  });
}

const shapeOf = (leaf: HostLeaf): readonly number[] => (typeof leaf === 'number' ? [] : leaf.shape);

function checkTree(returned: unknown, name: string): Tree<unknown> {
  if (returned instanceof Promise) {
    throw invalidField(name, 'a plain function', 'an async function', 'Load and await before the call.');
  }
  return returned;
}

/** Each output gets a node of its own: it may be an input, a constant, or the same value as another output. */
function outputOf(leaf: unknown, path: string, backend: TraceBackend, name: string): Value {
  const { graph } = backend;
  if (typeof leaf === 'number') return graph.identity(graph.fill(leaf, [], 'float32'), path);
  if (typeof leaf === 'object' && leaf instanceof Tensor) return graph.identity(backend.lookUp(leaf), path);
  const kind = leaf === null ? 'null' : typeof leaf;
  throw invalidField(`${path} of ${name}`, 'a tensor or a number', kind, 'Return a tree of tensors.');
}
