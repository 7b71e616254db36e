import { faultOf, throwFaults } from '@m3ae/errors';
import { columnsFault, featureFaults } from '../check.js';
import type { Matrix, MatrixProduct } from '../matrix.js';
import { nearestNeighbors } from '../probe/neighbors.js';

/** Queries compared at once, so that their similarities to a large training split fit in memory. */
const blockRows = 1024;

const rowOf = ({ columns, data }: Matrix, row: number) => data.subarray(row * columns, (row + 1) * columns);

/** `1 - cosine` in double precision, as half the squared distance of unit rows: close ones do not round to 0. */
function cosineDistance(a: Float32Array, b: Float32Array): number {
  const lengthOf = (row: Float32Array) => Math.sqrt(row.reduce((sum, value) => sum + value * value, 0));
  const [lengthA, lengthB] = [lengthOf(a), lengthOf(b)];
  if (lengthA === 0 || lengthB === 0) return 1; // a row of zeros is like nothing
  let total = 0;
  for (let at = 0; at < a.length; at++) total += (a[at]! / lengthA - b[at]! / lengthB) ** 2;
  return total / 2;
}

/**
 * Cosine distance of each query to its `k`-th nearest training row.
 *
 * On rows of length 1 it is half the squared Euclidean distance, so it ranks as that of the paper does.
 *
 * @param train - [rows, columns]
 * @param queries - [queries, columns]
 * @param k - Which neighbor counts, from 1 to the rows of `train`. The paper has 50 for CIFAR-10, 200 for CIFAR-100.
 * @returns `1 - cosine`, in [0, 2]; higher means more outlying: [queries].
 * @throws InvalidInput if features are empty, not finite or of different columns, or `k` is out of range.
 *
 * @see Sun et al., Out-of-Distribution Detection with Deep Nearest Neighbors, https://arxiv.org/abs/2204.06507
 */
export async function neighborDistance(
  train: Matrix,
  queries: Matrix,
  k: number,
  product: MatrixProduct,
): Promise<Float64Array> {
  const { columns } = train;
  throwFaults([
    ...featureFaults('train', train),
    ...featureFaults('queries', queries),
    columnsFault('queries', queries, 'train', train),
    !(Number.isInteger(k) && k >= 1 && k <= train.rows) &&
      faultOf('k', `a whole number from 1 to the ${train.rows} rows of train`, k, 'Usual is 50.'),
  ]);
  const distances = new Float64Array(queries.rows);
  for (let start = 0; start < queries.rows; start += blockRows) {
    const rows = Math.min(blockRows, queries.rows - start);
    const block = { rows, columns, data: queries.data.subarray(start * columns, (start + rows) * columns) };
    const { indices } = await nearestNeighbors(train, block, k, product);
    for (let row = 0; row < rows; row++) {
      distances[start + row] = cosineDistance(
        rowOf(queries, start + row),
        rowOf(train, indices[row * k + k - 1]!),
      );
    }
  }
  return distances;
}
