/** Lower triangular `L` with `L · Lᵀ = matrix`. */
function cholesky(matrix: Float64Array, size: number): Float64Array {
  const factor = new Float64Array(size * size);
  for (let row = 0; row < size; row++) {
    const own = factor.subarray(row * size, (row + 1) * size);
    for (let column = 0; column <= row; column++) {
      const other = factor.subarray(column * size, (column + 1) * size);
      let rest = matrix[row * size + column]!;
      for (let k = 0; k < column; k++) rest -= own[k]! * other[k]!;
      if (column < row) {
        own[column] = rest / other[column]!;
      } else if (rest > 0) {
        own[row] = Math.sqrt(rest);
      } else {
        throw new RangeError(
          `matrix must be positive definite; received one whose pivot ${row} is ${rest}. Add a ridge to its diagonal.`,
        );
      }
    }
  }
  return factor;
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
 * @throws RangeError if the matrix is not positive definite.
 */
export function invertPositive(matrix: Float64Array, size: number): Float64Array {
  const inverse = triangleInverse(cholesky(matrix, size), size);
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
