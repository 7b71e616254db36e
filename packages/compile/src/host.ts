import type { MapLeaves, NdArray } from '@m3ae/tree';
import type { Tensor } from '@tensorflow/tfjs-core';
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
  shape: typeof leaf === 'number' ? [] : leaf.shape,
  data: dataOf(leaf),
});
