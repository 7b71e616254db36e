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
