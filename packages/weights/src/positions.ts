import { invalidField } from '@m3ae/errors';
import { type NdArray, ndArray } from '@m3ae/tree';

/** Rows and columns of places. */
export type Grid = readonly [rows: number, columns: number];

/**
 * Learned positions of another grid of patches, by bicubic interpolation as PyTorch computes it (a = -0.75, edges repeated),
 * which timm and transformers use for another size of picture.
 *
 * @param positions - [rows * columns, dim].
 * @returns [rows * columns, dim] of the new grid.
 * @throws InvalidInput if `positions` is not of the grid.
 */
export function resizePositions(positions: NdArray, from: Grid, to: Grid): NdArray {
  const [count, dim] = positions.shape as [number, number];
  if (count !== from[0] * from[1]) {
    const remedy = 'Check the grid.';
    throw invalidField('positions', `for ${from[0]} by ${from[1]} patches`, `[${positions.shape}]`, remedy);
  }
  const down = taps(from[0], to[0]);
  const across = taps(from[1], to[1]);
  const values = new Float32Array(to[0] * to[1] * dim);
  down.forEach((rows, row) => {
    across.forEach((columns, column) => {
      const target = values.subarray((row * to[1] + column) * dim, (row * to[1] + column + 1) * dim);
      for (const [y, byRow] of rows) {
        for (const [x, byColumn] of columns) {
          const start = (y * from[1] + x) * dim;
          for (let k = 0; k < dim; k++) target[k]! += byRow * byColumn * positions.data[start + k]!;
        }
      }
    });
  });
  return ndArray(values, [to[0] * to[1], dim]);
}

/** For each new place the four old ones that it is made of, and their shares. */
function taps(from: number, to: number): (readonly (readonly [place: number, share: number])[])[] {
  return Array.from({ length: to }, (_, i) => {
    const center = ((i + 0.5) * from) / to - 0.5;
    const base = Math.floor(center);
    return [-1, 0, 1, 2].map((offset) => {
      const place = Math.min(from - 1, Math.max(0, base + offset));
      return [place, cubic(Math.abs(center - base - offset))] as const;
    });
  });
}

/** Keys' kernel. */
function cubic(x: number): number {
  const a = -0.75;
  if (x <= 1) return (a + 2) * x ** 3 - (a + 3) * x ** 2 + 1;
  return x < 2 ? a * (x ** 3 - 5 * x ** 2 + 8 * x - 4) : 0;
}
