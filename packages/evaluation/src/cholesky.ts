import { invalidField } from '@m3ae/errors';

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
