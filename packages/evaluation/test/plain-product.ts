import type { Matrix, MatrixProduct } from '../src/index.js';

function transposed({ rows, columns, data }: Matrix): Matrix {
  const result = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++)
      result[column * rows + row] = data[row * columns + column]!;
  }
  return { rows: columns, columns: rows, data: result };
}

/**
 * Product in plain JavaScript; right everywhere, slow on large matrices.
 *
 * @throws RangeError if the inner lengths differ.
 */
export const plainProduct: MatrixProduct = async (a, b, { transposeA = false, transposeB = false } = {}) => {
  const left = transposeA ? transposed(a) : a; // [rows, inner]
  const right = transposeB ? b : transposed(b); // [columns, inner]
  const inner = left.columns;
  if (inner !== right.columns) {
    throw new RangeError(
      `b must have ${inner} rows; received ${right.columns}. Check which operand is transposed.`,
    );
  }
  const data = new Float32Array(left.rows * right.rows);
  for (let i = 0; i < left.rows; i++) {
    for (let j = 0; j < right.rows; j++) {
      let total = 0;
      for (let k = 0; k < inner; k++) total += left.data[i * inner + k]! * right.data[j * inner + k]!;
      data[i * right.rows + j] = total;
    }
  }
  return { rows: left.rows, columns: right.rows, data };
};
