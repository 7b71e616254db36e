import type { Matrix } from '../matrix.js';

/** Squared Euclidean distance of every two rows, in double precision: [rows][rows]. */
export function squaredDistances({ rows, columns, data }: Matrix): Float64Array[] {
  const distances = Array.from({ length: rows }, () => new Float64Array(rows));
  for (let i = 0; i < rows; i++) {
    for (let j = i + 1; j < rows; j++) {
      let total = 0;
      for (let at = 0; at < columns; at++) total += (data[i * columns + at]! - data[j * columns + at]!) ** 2;
      distances[i]![j] = total;
      distances[j]![i] = total;
    }
  }
  return distances;
}

/** The `count` nearest rows of each row and their Euclidean distances, itself first, then by distance. */
export function nearestRows(
  distances: readonly Float64Array[],
  count: number,
): { indices: number[][]; distances: number[][] } {
  const indices = distances.map((row, self) => {
    const others = [...row.keys()].filter((other) => other !== self);
    others.sort((a, b) => row[a]! - row[b]! || a - b);
    return [self, ...others.slice(0, count - 1)];
  });
  return {
    indices,
    distances: indices.map((near, self) => near.map((other) => Math.sqrt(distances[self]![other]!))),
  };
}
