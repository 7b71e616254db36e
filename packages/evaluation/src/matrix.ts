import type { NdArray } from '@m3ae/tree';

/** A dense matrix of rows, row-major. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  /** [rows, columns] */
  readonly data: Float32Array;
}

/** Product `a · b`, or `aᵀ · b` where `transposeA`, or `a · bᵀ` where `transposeB`. */
export type MatrixProduct = (
  a: Matrix,
  b: Matrix,
  options?: { readonly transposeA?: boolean; readonly transposeB?: boolean },
) => Promise<Matrix>;

/** Two matrices side by side. */
export function joinColumns(left: Matrix, right: Matrix): Matrix {
  const columns = left.columns + right.columns;
  const data = new Float32Array(left.rows * columns);
  for (let row = 0; row < left.rows; row++) {
    data.set(left.data.subarray(row * left.columns, (row + 1) * left.columns), row * columns);
    const part = right.data.subarray(row * right.columns, (row + 1) * right.columns);
    data.set(part, row * columns + left.columns);
  }
  return { rows: left.rows, columns, data };
}

/** A matrix as an array that a program takes. */
export const arrayOf = ({ rows, columns, data }: Matrix): NdArray => ({ shape: [rows, columns], data });

/** An array of two axes as a matrix. */
export function matrixOf({ shape: [rows = 0, columns = 0], data }: NdArray): Matrix {
  return { rows, columns, data: data instanceof Float32Array ? data : Float32Array.from(data) };
}
