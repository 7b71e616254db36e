import { flattenTree, type NdArray, type Tree } from './tree.js';

/** Number of elements of a shape; 1 for the scalar shape `[]`. */
export function sizeOfShape(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}

/**
 * Joins elements and shape.
 *
 * @throws RangeError if the number of elements is not the product of the shape.
 */
export function ndArray(data: NdArray['data'], shape: readonly number[]): NdArray {
  if (data.length !== sizeOfShape(shape)) {
    throw new RangeError(
      `data must hold ${sizeOfShape(shape)} elements for shape [${shape}]; received ${data.length}. ` +
        'Pass as many elements as the product of the shape.',
    );
  }
  return { shape, data };
}

/** Whether a value is an {@link NdArray}. */
export function isNdArray(value: unknown): value is NdArray {
  if (typeof value !== 'object' || value === null) return false;
  const { shape, data }: Partial<NdArray> = value;
  return (
    Array.isArray(shape) &&
    (data instanceof Float32Array || data instanceof Int32Array || data instanceof Uint8Array)
  );
}

/**
 * The elements of a float32 array.
 *
 * @throws RangeError for elements of another type.
 */
export function floatsOf({ data }: NdArray): Float32Array {
  if (data instanceof Float32Array) return data;
  throw new RangeError(`data must be a Float32Array; received ${data.constructor.name}. Convert it first.`);
}

/** A float32 array of zeros. */
export function zerosArray(shape: readonly number[]): NdArray {
  return { shape, data: new Float32Array(sizeOfShape(shape)) };
}

/** A float32 scalar. */
export function scalarArray(value: number): NdArray {
  return { shape: [], data: Float32Array.of(value) };
}

/** Total number of elements in all leaves: the parameter count of a model. */
export function countElements(tree: Tree<{ readonly shape: readonly number[] }>): number {
  return flattenTree(tree).reduce((total, [, leaf]) => total + sizeOfShape(leaf.shape), 0);
}
