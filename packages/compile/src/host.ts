import { flattenTree, isNdArray, sizeOfShape, type MapLeaves, type NdArray, type Tree } from '@m3ae/tree';
import type { Tensor } from '@tensorflow/tfjs-core';
import { invalidField } from '@m3ae/errors';

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
  if (typeof leaf === 'number' || leaf.data instanceof Float32Array) return 'float32';
  return leaf.data instanceof Int32Array ? 'int32' : 'bool';
}

/**
 * Lists the leaves of all arguments.
 *
 * @throws RangeError naming every leaf that is neither an array nor a number, or whose elements do not fill its shape.
 */
export function leavesOf(args: readonly Tree<HostLeaf>[], name: string): NamedLeaf[] {
  const leaves = args.flatMap((arg, i) => flattenTree<HostLeaf>(arg, String(i)));
  const faults = leaves.filter(([, leaf]) => typeof leaf !== 'number' && !isNdArray(leaf));
  if (faults.length > 0) {
    throw invalidField(
      `arguments of ${name}`,
      'trees of NdArray ({ shape, data }) and numbers',
      faults.map(([path, leaf]) => `${leaf === null ? 'null' : typeof leaf} at ${path}`).join(', '),
      'Close over settings instead of passing them.',
    );
  }
  const misfits = leaves.filter(
    ([, leaf]) => typeof leaf !== 'number' && leaf.data.length !== sizeOfShape(leaf.shape),
  );
  if (misfits.length > 0) {
    const received = misfits.map(
      ([path, leaf]) => `${dataOf(leaf).length} for [${(leaf as NdArray).shape}] at ${path}`,
    );
    throw new RangeError(
      `arguments of ${name} must hold as many elements as their shapes say; received ${received.join(', ')}. ` +
        'Build arrays with ndArray().',
    );
  }
  return leaves;
}

/** What a recording depends on: paths, shapes and element types. */
export function signatureOf(leaves: readonly NamedLeaf[]): string {
  return leaves
    .map(([path, leaf]) => `${path}:${dtypeOf(leaf)}[${typeof leaf === 'number' ? '' : leaf.shape.join()}]`)
    .join(';');
}

/** The elements of a leaf. */
export function dataOf(leaf: HostLeaf): NdArray['data'] {
  return typeof leaf === 'number' ? Float32Array.of(leaf) : leaf.data;
}
