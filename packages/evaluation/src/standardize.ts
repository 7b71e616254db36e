import type { Matrix } from './matrix.js';

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
  const { rows, columns } = matrix;
  const data = new Float32Array(matrix.data);
  for (let row = 0; row < rows; row++) {
    const part = data.subarray(row * columns, (row + 1) * columns);
    const length = Math.sqrt(part.reduce((total, value) => total + value * value, 0));
    if (length > 0) for (let column = 0; column < columns; column++) part[column]! /= length;
  }
  return { rows, columns, data };
}
