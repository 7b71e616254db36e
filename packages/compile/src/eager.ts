import { mapTree, type NdArray, type Tree } from '@m3ae/tree';
import { engine, getBackend, ready, setBackend, tensor, Tensor, tidy } from '@tensorflow/tfjs-core';
import { type EagerBackend, eagerBackends, loadBackend } from './eager-backends.js';
import { faultOf, invalidField, listSome, throwFaults, unknownKeys } from '@m3ae/errors';
import { explained, leavesOf } from './arguments.js';
import { dtypeOf, type HostArguments, type HostLeaf, type HostResult } from './host.js';
import { backendTurn } from './lock.js';

/** How a function runs eagerly. */
export interface EagerOptions {
  /** The tfjs backend: `cpu` (plain JavaScript), `wasm`, or `tensorflow` (tfjs-node or tfjs-node-gpu). */
  readonly backend: EagerBackend;
  /** Name in errors; the function's own if left out. */
  readonly name?: string;
}

/** A function that runs operation by operation on a tfjs backend; called like a compiled one. */
export interface EagerFunction<Args extends readonly unknown[], Result> {
  (...args: HostArguments<Args>): Promise<HostResult<Result>>;
}

/**
 * Runs a function over trees of tensors on a tfjs backend, with the signature of `compile`.
 *
 * It is the oracle of the compiled function in tests. No tensor outlives a call, and the current backend of tfjs is
 * put back after it.
 *
 * @throws InvalidInput for an unknown backend; as rejection of the call, if an argument is no tree of arrays and numbers.
 * @throws Error (as rejection of the call) if the backend's package is not installed.
 *
 * @example
 * ```ts
 * const double = eager((x: Tensor1D) => mul(x, 2), { backend: 'cpu' });
 * await double({ shape: [3], data: Float32Array.of(1, 2, 3) }); // { shape: [3], data: Float32Array [2, 4, 6] }
 * ```
 */
export function eager<Args extends readonly unknown[], Result>(
  fn: (...args: Args) => Result,
  options: EagerOptions,
): EagerFunction<Args, Result> {
  checkEager(fn, options);
  const name = options.name ?? (fn.name || 'the function');
  const call = async (args: readonly Tree<HostLeaf>[]) => {
    leavesOf(args, name);
    await loadBackend(options.backend);
    const former = engine().backendName ? getBackend() : undefined;
    await setBackend(options.backend);
    await ready();
    try {
      return explained(name, args, fn.length, () => runTidily(fn as never, args, name));
    } finally {
      if (former !== undefined && former !== options.backend) await setBackend(former);
    }
  };
  return (...args) =>
    backendTurn(() => call(args as unknown as Tree<HostLeaf>[])) as Promise<HostResult<Result>>;
}

function checkEager(fn: unknown, options: EagerOptions | undefined): void {
  const { backend, name = '' } = options ?? ({} as Partial<EagerOptions>);
  throwFaults([
    ...unknownKeys('', options ?? {}, ['backend', 'name']),
    typeof fn !== 'function' && faultOf('fn', 'a function of tensors', fn, 'Pass it before the options.'),
    !eagerBackends.includes(backend!) &&
      faultOf('backend', `one of ${listSome(eagerBackends)}`, backend, 'Use cpu if in doubt.'),
    typeof name !== 'string' && faultOf('name', 'text', name, 'It stands in errors.'),
  ]);
}

/** Scopes end on failure too, and so do tapes: what a gradient had saved is disposed. */
function runTidily(
  fn: (...args: unknown[]) => unknown,
  args: readonly Tree<HostLeaf>[],
  name: string,
): Tree<NdArray> {
  let results: Tree<NdArray> = [];
  try {
    tidy(() => {
      const returned = fn(...args.map((arg) => mapTree(arg, toTensor)));
      if (returned instanceof Promise)
        throw invalidField(name, 'a plain function', 'an async function', 'Load and await before the call.');
      results = mapTree(returned as Tree<unknown>, (leaf, path) => toHost(leaf, path, name), 'output');
    });
  } catch (error) {
    const { state } = engine();
    if (state.gradientDepth === 0)
      state.activeTape?.forEach((node) => node.saved?.forEach((each) => each.dispose()));
    throw error;
  }
  return results;
}

function toTensor(leaf: HostLeaf): Tensor {
  if (typeof leaf === 'number') return tensor(leaf, [], 'float32');
  return tensor(leaf.data, [...leaf.shape], dtypeOf(leaf));
}

function toHost(leaf: unknown, path: string, name: string): NdArray {
  if (typeof leaf === 'number') return { shape: [], data: Float32Array.of(leaf) };
  if (typeof leaf !== 'object' || !(leaf instanceof Tensor)) {
    throw invalidField(
      `${path} of ${name}`,
      'a tensor or a number',
      leaf === null ? 'null' : typeof leaf,
      'Return a tree of tensors.',
    );
  }
  // Copied: a backend may hand out the memory it goes on to use, in an array of another type.
  const elements = leaf.dataSync<'float32'>();
  const shape = [...leaf.shape];
  if (leaf.dtype === 'float32') return { shape, data: Float32Array.from(elements) };
  return { shape, data: leaf.dtype === 'int32' ? Int32Array.from(elements) : Uint8Array.from(elements) };
}
