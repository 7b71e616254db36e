/**
 * Lower triangular factor of a symmetric positive definite matrix, in place.
 *
 * @param matrix - [size, size] row-major; its lower triangle becomes the factor, the rest is left.
 * @throws RangeError if the matrix is not positive definite.
 */
export function choleskyInPlace(matrix: Float64Array, size: number): void {
  for (let row = 0; row < size; row++) {
    const rowStart = row * size;
    for (let column = 0; column <= row; column++) {
      const columnStart = column * size;
      // Four sums at once: one chain of additions would wait on itself.
      let s0 = 0;
      let s1 = 0;
      let s2 = 0;
      let s3 = 0;
      let k = 0;
      for (; k + 3 < column; k += 4) {
        s0 += matrix[rowStart + k]! * matrix[columnStart + k]!;
        s1 += matrix[rowStart + k + 1]! * matrix[columnStart + k + 1]!;
        s2 += matrix[rowStart + k + 2]! * matrix[columnStart + k + 2]!;
        s3 += matrix[rowStart + k + 3]! * matrix[columnStart + k + 3]!;
      }
      for (; k < column; k++) s0 += matrix[rowStart + k]! * matrix[columnStart + k]!;
      const rest = matrix[rowStart + column]! - (s0 + s1 + s2 + s3);
      if (row !== column) {
        matrix[rowStart + column] = rest / matrix[columnStart + column]!;
      } else {
        if (!(rest > 0)) {
          throw new RangeError(
            `matrix must be positive definite; pivot ${row} is ${rest}. Raise the ridge strength.`,
          );
        }
        matrix[rowStart + row] = Math.sqrt(rest);
      }
    }
  }
}

/**
 * Solves `L Lᵀ X = B` for every column of `B`.
 *
 * @param factor - What {@link choleskyInPlace} leaves: [size, size].
 * @param right - [size, columns]; it becomes the solution.
 */
export function solveCholesky(
  factor: Float64Array,
  size: number,
  right: Float64Array,
  columns: number,
): void {
  for (let row = 0; row < size; row++) {
    for (let k = 0; k < row; k++) subtractRow(right, row, k, factor[row * size + k]!, columns);
    divideRow(right, row, factor[row * size + row]!, columns);
  }
  for (let row = size - 1; row >= 0; row--) {
    for (let k = row + 1; k < size; k++) subtractRow(right, row, k, factor[k * size + row]!, columns);
    divideRow(right, row, factor[row * size + row]!, columns);
  }
}

function subtractRow(
  values: Float64Array,
  row: number,
  other: number,
  factor: number,
  columns: number,
): void {
  const to = row * columns;
  const from = other * columns;
  for (let column = 0; column < columns; column++) values[to + column]! -= factor * values[from + column]!;
}

function divideRow(values: Float64Array, row: number, divisor: number, columns: number): void {
  for (let column = 0; column < columns; column++) values[row * columns + column]! /= divisor;
}
