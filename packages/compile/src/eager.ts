import { flattenTree, mapTree, type NdArray, type Tree } from '@m3ae/tree';
import { engine, getBackend, ready, setBackend, type Tensor, tensor, tidy } from '@tensorflow/tfjs-core';
import { broughtInto, disposeArrays, isDeviceArray } from './device-array.js';
import {
  backendMemory,
  type EagerBackend,
  eagerBackends,
  elementsOf,
  loadBackend,
} from './eager-backends.js';
import { faultOf, throwFaults } from '@m3ae/errors';
import { examine, oneOf, record, type RulesOf } from '@m3ae/errors/rules';
import {
  dtypeOf,
  explained,
  type HostArguments,
  type HostLeaf,
  type HostResult,
  leavesOf,
  mapResults,
} from './arguments.js';
import { backendTurn } from './lock.js';
import { sharedRules } from './options.js';

/** How a function runs eagerly. */
export interface EagerOptions {
  /** The tfjs backend: `cpu` (plain JavaScript), `wasm`, or `tensorflow` (tfjs-node or tfjs-node-gpu). */
  readonly backend: EagerBackend;
  /** Name in errors; the function's own if left out. */
  readonly name?: string;
  /** Whether results stay in tensors of the backend, as {@link DeviceArray}s, until they are read. Default false. */
  readonly resident?: boolean;
  /** Places of arguments that the caller gives up: their tensors are disposed of after the call. */
  readonly donate?: readonly number[];
}

/** A function that runs operation by operation on a tfjs backend; called like a compiled one. */
export interface EagerFunction<Args extends readonly unknown[], Result> {
  (...args: HostArguments<Args>): Promise<HostResult<Result>>;
  /** Frees resident results. */
  dispose(): Promise<void>;
}

/**
 * Runs a function over trees of tensors on a tfjs backend, with the signature of `compile`.
 *
 * It is the oracle of the compiled function in tests. No tensor outlives a call but those of resident results, and the current
 * backend of tfjs is put back after it.
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
  const { resident = false, donate = [] } = options;
  const memory = backendMemory(options.backend);
  const call = async (given: readonly Tree<HostLeaf>[]) => {
    leavesOf(given, name);
    const args = await broughtInto(options.backend, given);
    await loadBackend(options.backend);
    const former = engine().backendName ? getBackend() : undefined;
    await setBackend(options.backend);
    await ready();
    try {
      const held = flattenTree<unknown>(args).map(([, leaf]) => isDeviceArray(leaf) && leaf.handle);
      const toResult = resident ? memory.keeper(held) : toHost;
      const typed = fn as never; // `Args` is the form of the arguments, whose arrays become tensors
      const results = explained(name, args, fn.length, () => runTidily(typed, args, name, toResult));
      for (const place of donate) disposeArrays(given[place]);
      return results;
    } finally {
      if (former !== undefined && former !== options.backend) await setBackend(former);
    }
  };
  const run = (...args: HostArguments<Args>) =>
    backendTurn(() => call(args as Tree<HostLeaf>[])) as Promise<HostResult<Result>>;
  return Object.assign(run, { dispose: async () => memory.release() });
}

const optionsRule = record({
  ...sharedRules,
  backend: oneOf(eagerBackends, 'Use cpu if in doubt.'),
} as const satisfies RulesOf<EagerOptions>);

function checkEager(fn: unknown, options: EagerOptions | undefined): void {
  throwFaults([
    typeof fn !== 'function' && faultOf('fn', 'a function of tensors', fn, 'Pass it before the options.'),
    ...examine(optionsRule, options ?? {}).faults,
  ]);
}

/** Scopes end on failure too, and so do tapes: what a gradient had saved is disposed. */
function runTidily(
  fn: (...args: unknown[]) => unknown,
  args: readonly Tree<HostLeaf>[],
  name: string,
  toResult: (tensor: Tensor) => NdArray,
): Tree<NdArray> {
  let results: Tree<NdArray> = [];
  try {
    tidy(() => {
      const returned = fn(...args.map((arg) => mapTree(arg, toTensor)));
      const tensors = mapResults(returned, name, (leaf) =>
        typeof leaf === 'number' ? tensor(leaf, [], 'float32') : leaf,
      );
      results = mapTree<Tensor, NdArray>(tensors, toResult);
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
  if (isDeviceArray(leaf)) {
    leaf.requireAlive();
    return leaf.handle as Tensor; // brought into this backend
  }
  if (typeof leaf === 'number') return tensor(leaf, [], 'float32');
  return tensor(leaf.data, [...leaf.shape], dtypeOf(leaf));
}

const toHost = (result: Tensor): NdArray => ({ shape: [...result.shape], data: elementsOf(result) });
