import { invalidField } from '@m3ae/errors';

/**
 * Codes of the places 0 … length - 1 on a line: all sines, then all cosines.
 *
 * @param length - Number of places.
 * @param dim - Width of a code; even.
 * @returns [length, dim], equal to the reference's float32 codes within 2e-7.
 * @throws RangeError if `dim` is not a positive even number.
 *
 * @see Vaswani et al., Attention Is All You Need, section 3.5 (there sines and cosines alternate)
 */
export function positions1d(length: number, dim: number): Float32Array {
  return codes(
    Float64Array.from({ length }, (_, place) => place),
    dim,
  );
}

/**
 * Codes of the cells of a grid in raster order: the first half of a code tells the column, the second the row.
 *
 * @param rows - Patches from top to bottom.
 * @param columns - Patches from left to right.
 * @param dim - Width of a code; divisible by 4.
 * @returns [rows * columns, dim].
 * @throws RangeError if `dim` is not divisible by 4.
 *
 * @see He et al., Masked Autoencoders Are Scalable Vision Learners, https://arxiv.org/abs/2111.06377
 */
export function positions2d(rows: number, columns: number, dim: number): Float32Array {
  if (dim % 4 !== 0) {
    throw invalidField('dim', 'divisible by 4', dim, 'Half of a code tells the column and half the row.');
  }
  const half = dim / 2;
  const count = rows * columns;
  const byColumn = codes(
    Float64Array.from({ length: count }, (_, i) => i % columns),
    half,
  );
  const byRow = codes(
    Float64Array.from({ length: count }, (_, i) => Math.floor(i / columns)),
    half,
  );
  const values = new Float32Array(count * dim);
  for (let i = 0; i < count; i++) {
    values.set(byColumn.subarray(i * half, (i + 1) * half), i * dim);
    values.set(byRow.subarray(i * half, (i + 1) * half), i * dim + half);
  }
  return values;
}

/**
 * Rows and columns of a square grid.
 *
 * @throws RangeError if `patches` is not a square number.
 */
export function squareGrid(patches: number): [rows: number, columns: number] {
  const side = Math.round(Math.sqrt(patches));
  if (side * side !== patches) {
    const remedy = 'Give options.grid = [rows, columns] for oblong pictures.';
    throw invalidField('patches', 'a square number', patches, remedy);
  }
  return [side, side];
}

/**
 * The angles are rounded to float32 where the reference rounds them, so that codes agree to the last bit or two:
 * at place 60, an angle in double precision is 4e-6 away from it.
 */
function codes(places: Float64Array, dim: number): Float32Array {
  if (!(dim > 0 && dim % 2 === 0)) {
    throw invalidField('dim', 'a positive even number', dim, 'Half of a code are sines and half cosines.');
  }
  const half = dim / 2;
  const round = Math.fround;
  const frequencies = Array.from({ length: half }, (_, j) => {
    return round(1 / round(10000 ** round(j * round(1 / half))));
  });
  const values = new Float32Array(places.length * dim);
  for (let i = 0; i < places.length; i++) {
    for (let j = 0; j < half; j++) {
      const angle = round(places[i]! * frequencies[j]!);
      values[i * dim + j] = Math.sin(angle);
      values[i * dim + half + j] = Math.cos(angle);
    }
  }
  return values;
}
