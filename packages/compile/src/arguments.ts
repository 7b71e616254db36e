import {
  type Fault,
  faultOf,
  invalidField,
  InvalidInput,
  isInvalidInput,
  messageOf,
  throwFaults,
} from '@m3ae/errors';
import {
  flattenTree,
  isLeaf,
  isNdArray,
  type MapLeaves,
  mapTree,
  type NdArray,
  sizeOfShape,
  type Tree,
} from '@m3ae/tree';
import { Tensor } from '@tensorflow/tfjs-core';
import { isDeviceArray } from './device-array.js';
import type { ElementType } from './ir/graph.js';

/** A leaf of an argument: an array, or a number that enters as a float32 scalar. */
export type HostLeaf = NdArray | number;

/** The type of an argument on the host: where the function takes tensors, the caller passes arrays or numbers. */
export type HostArgument<T> = MapLeaves<T, Tensor, HostLeaf>;

/** The type of a result on the host: where the function returns tensors or numbers, the caller gets arrays. */
export type HostResult<T> = MapLeaves<T, Tensor | number, NdArray>;

/** The arguments of a function on the host. */
export type HostArguments<Args extends readonly unknown[]> = {
  [Index in keyof Args]: HostArgument<Args[Index]>;
};

/** One leaf of the arguments with its path, e.g. `0.params.encoder`. */
export type NamedLeaf = [path: string, leaf: HostLeaf];

/** The element type of a leaf. */
export function dtypeOf(leaf: HostLeaf): 'float32' | 'int32' | 'bool' {
  if (isDeviceArray(leaf)) return leaf.dtype;
  if (typeof leaf === 'number' || leaf.data instanceof Float32Array) return 'float32';
  return leaf.data instanceof Int32Array ? 'int32' : 'bool';
}

/** The shape of a leaf. */
export const shapeOf = (leaf: HostLeaf): readonly number[] => (typeof leaf === 'number' ? [] : leaf.shape);

/** What a recording depends on: paths, shapes and element types. */
export function signatureOf(leaves: readonly NamedLeaf[]): string {
  return leaves.map(([path, leaf]) => `${path}:${dtypeOf(leaf)}[${shapeOf(leaf)}]`).join(';');
}

/** The elements of a leaf. */
export function dataOf(leaf: HostLeaf): NdArray['data'] {
  return typeof leaf === 'number' ? Float32Array.of(leaf) : leaf.data;
}

/** Elements under the name of an input or output. */
export interface NamedElements {
  readonly name: string;
  readonly dtype: Exclude<ElementType, 'bfloat16'>;
  readonly shape: readonly number[];
  readonly data: NdArray['data'];
}

/** A leaf as a session is given it. */
export const elementsOf = ([name, leaf]: NamedLeaf): NamedElements => ({
  name,
  dtype: dtypeOf(leaf),
  shape: shapeOf(leaf),
  data: dataOf(leaf),
});

/**
 * Lists the leaves of all arguments.
 *
 * @throws InvalidInput naming every part that is no record, list, array or number, and every array whose elements do not
 * fill its shape.
 */
export function leavesOf(args: readonly Tree<HostLeaf>[], name: string): NamedLeaf[] {
  const places = args.map((arg, i) => [String(i), arg] as const);
  const strange = places.flatMap(([place, arg]) => strangeBranches(arg, place));
  const leaves = places.flatMap(([place, arg]) => flattenTree<HostLeaf>(arg, place));
  throwFaults([...strange, ...leaves.map(([path, leaf]) => leafFault(path, leaf))], `arguments of ${name}`);
  return leaves;
}

/** Branches that hold no leaves, whatever is in them, and lists of numbers, which may mean one array or many scalars. */
function strangeBranches(tree: unknown, path: string): Fault[] {
  if (tree === undefined || isLeaf(tree)) return [];
  if (tree instanceof Promise) return [faultOf(path, 'a value', 'a promise', 'Await it first.')];
  if (tree instanceof Map || tree instanceof Set) {
    return [
      faultOf(path, 'a record or a list', `a ${tree.constructor.name}`, 'Use Object.fromEntries(map).'),
    ];
  }
  if (Array.isArray(tree) && tree.length > 0 && tree.every((item) => typeof item === 'number')) {
    const remedy = `Write ndArray(Float32Array.from(list), [${tree.length}]), or list.map(scalarArray) for a list of scalars.`;
    return [faultOf(path, 'an NdArray ({ shape, data })', tree, remedy)];
  }
  return Object.entries(tree as object).flatMap(([key, branch]) => strangeBranches(branch, `${path}.${key}`));
}

function leafFault(path: string, leaf: unknown): Fault | undefined {
  if (typeof leaf === 'number' || isDeviceArray(leaf)) return undefined;
  const { shape, data }: Partial<NdArray> = leaf ?? {};
  if (!isNdArray(leaf)) {
    return faultOf(path, 'an NdArray ({ shape, data }) or a number', kindOf(leaf), remedyFor(leaf, data));
  }
  if (!leaf.shape.every((length) => Number.isInteger(length) && length >= 0)) {
    return faultOf(`${path}.shape`, 'a list of natural numbers', shape, 'Write [] for a scalar.');
  }
  const wanted = sizeOfShape(leaf.shape);
  if (leaf.data.length === wanted) return undefined;
  const rule = `as long as shape [${leaf.shape}] says, ${wanted}`;
  return faultOf(`${path}.data`, rule, leaf.data.length, 'Build arrays with ndArray().');
}

/** A tensor of tfjs, as opposed to other leaves with a shape. */
const isTensor = (leaf: unknown) =>
  typeof (leaf as Partial<Tensor> | null | undefined)?.dataSync === 'function';

function kindOf(leaf: unknown): unknown {
  if (leaf === null) return 'null';
  if (isTensor(leaf)) return `a tensor [${(leaf as Tensor).shape}]`;
  return ArrayBuffer.isView(leaf) || typeof leaf === 'object' ? leaf : typeof leaf;
}

function remedyFor(leaf: unknown, data: unknown): string {
  if (isTensor(leaf))
    return 'Pass { shape: x.shape, data: await x.data() }; tensors exist inside the function.';
  if (leaf instanceof Float64Array)
    return 'Convert it to a Float32Array, and give it a shape with ndArray().';
  if (ArrayBuffer.isView(leaf)) return 'Give it a shape: ndArray(data, [data.length]).';
  if (data !== undefined) return 'data is a Float32Array, an Int32Array, or a Uint8Array for booleans.';
  return 'Close over settings instead of passing them.';
}

/**
 * Calls a function with arguments that are correct trees.
 *
 * @throws InvalidInput in place of the function's own error, where an argument is lacking.
 */
export function explained<Result>(
  name: string,
  args: readonly Tree<HostLeaf>[],
  arity: number,
  call: () => Result,
): Result {
  try {
    return call();
  } catch (error) {
    const places = Array.from({ length: Math.max(arity, args.length) }, (_, i) => i);
    const lacking = places.filter((place) => args[place] === undefined);
    if (isInvalidInput(error) || lacking.length === 0) throw error;
    const faults = lacking.map((place) =>
      faultOf(String(place), 'an argument', undefined, 'Pass what the function takes there.'),
    );
    throw new InvalidInput(faults, {
      head: `${name} failed on its arguments (${messageOf(error)})`,
      cause: error,
    });
  }
}

/**
 * The tree that a function returned, with what `change` makes of each tensor or number.
 *
 * @throws InvalidInput for a promise, or a leaf that is neither.
 */
export function mapResults<Result>(
  returned: unknown,
  name: string,
  change: (leaf: Tensor | number, path: string) => Result,
): Tree<Result> {
  if (returned instanceof Promise)
    throw invalidField(name, 'a plain function', 'an async function', 'Load and await before the call.');
  const changeLeaf = (leaf: unknown, path: string) => {
    if (typeof leaf === 'number' || (typeof leaf === 'object' && leaf instanceof Tensor))
      return change(leaf, path);
    const kind = leaf === null ? 'null' : typeof leaf;
    throw invalidField(`${path} of ${name}`, 'a tensor or a number', kind, 'Return a tree of tensors.');
  };
  return mapTree<unknown, Result>(returned, changeLeaf, 'output');
}
