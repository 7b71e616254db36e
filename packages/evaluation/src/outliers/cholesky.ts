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

/** Four arrays at once: a large sum is then read and written once for four rows, a third of the time at 768 columns. */
type Four = readonly [Float64Array, Float64Array, Float64Array, Float64Array];

/** `items` by fours, filled up with `spare` ones that nobody reads. */
export function byFours(items: readonly Float64Array[], size: number): Four[] {
  const spare = () => new Float64Array(size);
  return Array.from({ length: Math.ceil(items.length / 4) }, (_, four) => {
    const at = 4 * four;
    return [items[at]!, items[at + 1] ?? spare(), items[at + 2] ?? spare(), items[at + 3] ?? spare()];
  });
}

/** Adds the lower triangle of the outer product of each of four rows with itself to `sum`: [size, size]. */
export function addOuterProducts(sum: Float64Array, size: number, [a, b, c, d]: Four): void {
  for (let i = 0; i < size; i++) {
    const start = i * size;
    const [valueA, valueB, valueC, valueD] = [a[i]!, b[i]!, c[i]!, d[i]!];
    for (let j = 0; j <= i; j++) {
      sum[start + j]! += valueA * a[j]! + valueB * b[j]! + valueC * c[j]! + valueD * d[j]!;
    }
  }
}
