import { faultOf, throwFaults } from '@m3ae/errors';

/** Keys's cubic with a = -0.5; zero from 2 on. */
function cubic(distance: number): number {
  const x = Math.abs(distance);
  if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
  return x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0;
}

/** For each output, the inputs it reads and their weights, which sum to 1. */
function taps(inSize: number, outSize: number): { first: number; weights: number[] }[] {
  const scale = inSize / outSize;
  const widening = Math.max(scale, 1); // when shrinking, every input counts
  return Array.from({ length: outSize }, (_, out) => {
    const center = (out + 0.5) * scale;
    const first = Math.max(0, Math.floor(center - 2 * widening + 0.5));
    const end = Math.min(inSize, Math.floor(center + 2 * widening + 0.5));
    const raw = Array.from({ length: end - first }, (_unused, i) =>
      cubic((first + i + 0.5 - center) / widening),
    );
    const total = raw.reduce((sum, weight) => sum + weight, 0);
    return { first, weights: raw.map((weight) => weight / total) };
  });
}

/** Rows of a matrix resized: [rows, from] -> [rows, to]. */
function across(values: Float64Array, rows: number, from: number, to: number): Float64Array {
  const plan = taps(from, to);
  return Float64Array.from({ length: rows * to }, (_, i) => {
    const { first, weights } = plan[i % to]!;
    const start = Math.floor(i / to) * from + first;
    return weights.reduce((sum, weight, tap) => sum + weight * values[start + tap]!, 0);
  });
}

function transposed(values: Float64Array, rows: number, columns: number): Float64Array {
  return Float64Array.from(
    { length: values.length },
    (_, i) => values[(i % rows) * columns + Math.floor(i / rows)]!,
  );
}

/**
 * Bicubic resize of a map of numbers, with the filter and the edges of Pillow's `BICUBIC` on pictures of mode F.
 *
 * Nothing is rounded or cut off: the filter may go a little below the least value and above the largest.
 *
 * @param map - [rows, columns]
 * @returns [height, width], in pixels
 * @throws InvalidInput if a size is not a positive integer, or `map` has another length or a value that is not finite.
 */
export function upsampleMap(
  map: ArrayLike<number>,
  [rows, columns]: readonly [rows: number, columns: number],
  { width, height }: { readonly width: number; readonly height: number },
): Float32Array {
  const sizes = [rows, columns, width, height];
  const positive = sizes.every((value) => Number.isInteger(value) && value > 0);
  const values = Float64Array.from(map);
  const bad = values.find((value) => !Number.isFinite(value));
  throwFaults([
    !positive && faultOf('grid and size', 'positive integers', sizes.join(', '), 'Count patches and pixels.'),
    positive &&
      values.length !== rows * columns &&
      faultOf('map', `of ${rows} x ${columns} numbers`, values.length, 'Pass one number a patch.'),
    bad !== undefined && faultOf('map', 'finite', bad, 'Look for NaN in the weights of the model.'),
  ]);
  const wide = across(values, rows, columns, width); // [rows, width]
  const tall = across(transposed(wide, rows, width), width, rows, height); // [width, height]
  return Float32Array.from(transposed(tall, width, height)); // [height, width]
}
