import type { NdArray } from '@m3ae/tree';
import { invalidField } from '@m3ae/errors';

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

/** One row of a matrix. */
export const rowOf = ({ columns, data }: Matrix, row: number): Float32Array =>
  data.subarray(row * columns, (row + 1) * columns);

/** At most `count` rows from `start` on. */
export function rowsFrom({ rows, columns, data }: Matrix, start: number, count: number): Matrix {
  const end = Math.min(start + count, rows);
  return { rows: end - start, columns, data: data.subarray(start * columns, end * columns) };
}

/** Two matrices side by side. */
export function joinColumns(left: Matrix, right: Matrix): Matrix {
  const columns = left.columns + right.columns;
  const data = new Float32Array(left.rows * columns);
  for (let row = 0; row < left.rows; row++) {
    data.set(rowOf(left, row), row * columns);
    data.set(rowOf(right, row), row * columns + left.columns);
  }
  return { rows: left.rows, columns, data };
}

/** A matrix as an array that a program takes. */
export const arrayOf = ({ rows, columns, data }: Matrix): NdArray => ({ shape: [rows, columns], data });

/** An array of two axes as a matrix. */
export function matrixOf({ shape: [rows = 0, columns = 0], data }: NdArray): Matrix {
  return { rows, columns, data: data instanceof Float32Array ? data : Float32Array.from(data) };
}

/** Mean and deviation of each column. */
export interface ColumnStatistics {
  readonly mean: Float64Array;
  /** Population deviation; 1 where a column is constant. */
  readonly deviation: Float64Array;
}

/** Statistics of the columns of `matrix`, in double precision. */
export function columnStatistics({ rows, columns, data }: Matrix): ColumnStatistics {
  const mean = new Float64Array(columns);
  const square = new Float64Array(columns);
  for (let at = 0; at < data.length; at++) mean[at % columns]! += data[at]! / rows;
  for (let at = 0; at < data.length; at++)
    square[at % columns]! += (data[at]! - mean[at % columns]!) ** 2 / rows;
  return { mean, deviation: square.map((variance) => (variance > 1e-12 ? Math.sqrt(variance) : 1)) };
}

/** `(x - mean) / deviation` by column, with the statistics of the training split. */
export function standardize(matrix: Matrix, { mean, deviation }: ColumnStatistics): Matrix {
  const { columns } = matrix;
  return {
    ...matrix,
    data: matrix.data.map((value, at) => (value - mean[at % columns]!) / deviation[at % columns]!),
  };
}

/** Each row divided by its length; a row of zeros stays. */
export function unitRows(matrix: Matrix): Matrix {
  const result = { ...matrix, data: new Float32Array(matrix.data) };
  for (let row = 0; row < matrix.rows; row++) {
    const part = rowOf(result, row);
    const length = Math.sqrt(part.reduce((total, value) => total + value * value, 0));
    if (length > 0) for (let column = 0; column < part.length; column++) part[column]! /= length;
  }
  return result;
}

/**
 * A pivot below this share of its variance counts as 0.
 *
 * Features are float32: a column that follows from the others, as after a layer norm, still varies by rounding, about
 * 1e-12 of its variance at 768 columns.
 */
const singularShare = 1e-10;

/**
 * Lower factor `L` of a symmetric matrix `L Lᵀ`, in double precision.
 *
 * @param matrix - Its lower triangle is read: [size, size].
 * @returns [size, size] with zeros above the diagonal, or `undefined` if the matrix is singular.
 */
export function cholesky(matrix: Float64Array, size: number): Float64Array | undefined {
  const factor = new Float64Array(size * size);
  for (let row = 0; row < size; row++) {
    const start = row * size;
    for (let column = 0; column <= row; column++) {
      const other = column * size;
      let rest = matrix[start + column]!;
      for (let at = 0; at < column; at++) rest -= factor[start + at]! * factor[other + at]!;
      if (column < row) factor[start + column] = rest / factor[other + column]!;
      else if (rest > singularShare * matrix[start + row]!) factor[start + row] = Math.sqrt(rest);
      else return undefined;
    }
  }
  return factor;
}

/** Solves `L x = right` from the top down; writes `x` over `right`: [size]. */
export function solveLower(factor: Float64Array, size: number, right: Float64Array): Float64Array {
  for (let row = 0; row < size; row++) {
    const start = row * size;
    let rest = right[row]!;
    for (let at = 0; at < row; at++) rest -= factor[start + at]! * right[at]!;
    right[row] = rest / factor[start + row]!;
  }
  return right;
}

/** Inverse of a lower triangle, transposed, so that each of its columns is a row in memory. */
function triangleInverse(factor: Float64Array, size: number): Float64Array {
  const inverse = new Float64Array(size * size); // row `column`: that column of the inverse
  for (let column = 0; column < size; column++) {
    const own = inverse.subarray(column * size, (column + 1) * size);
    own[column] = 1 / factor[column * size + column]!;
    for (let row = column + 1; row < size; row++) {
      const given = factor.subarray(row * size, (row + 1) * size);
      let sum = 0;
      for (let k = column; k < row; k++) sum += given[k]! * own[k]!;
      own[row] = -sum / given[row]!;
    }
  }
  return inverse;
}

/**
 * Inverse of a symmetric positive definite matrix, by Cholesky.
 *
 * @param matrix - Row-major, of which the lower half is read: [size, size].
 * @returns [size, size]
 * @throws InvalidInput if the matrix is not positive definite.
 */
export function invertPositive(matrix: Float64Array, size: number): Float64Array {
  const factor = cholesky(matrix, size);
  if (factor === undefined) {
    throw invalidField('matrix', 'positive definite', 'one that is not', 'Add a ridge to its diagonal.');
  }
  const inverse = triangleInverse(factor, size);
  const result = new Float64Array(size * size);
  for (let row = 0; row < size; row++) {
    const left = inverse.subarray(row * size, (row + 1) * size);
    for (let column = 0; column <= row; column++) {
      const right = inverse.subarray(column * size, (column + 1) * size);
      let sum = 0;
      for (let k = row; k < size; k++) sum += left[k]! * right[k]!;
      result[row * size + column] = sum;
      result[column * size + row] = sum;
    }
  }
  return result;
}
