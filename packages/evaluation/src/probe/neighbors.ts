import { positiveInteger, throwFaults } from '@m3ae/errors';
import { columnsFault, featureFaults } from '../check.js';
import { argmaxRows } from '../classification/accuracy.js';
import { type Matrix, type MatrixProduct, rowsFrom, unitRows } from '../matrix.js';

/** The nearest training rows of each query, nearest first. */
export interface Neighbors {
  readonly count: number;
  /** [queries, count] rows of the training split */
  readonly indices: Int32Array;
  /** [queries, count] cosine similarities */
  readonly similarities: Float32Array;
}

/** Most similarities held at a time: 64 MiB. */
const usualSimilarities = 2 ** 24;

/** Writes the nearest of some queries' rows of similarities into their places. */
function keepNearest({ similarities, indices, count }: Neighbors, first: number, block: Matrix): void {
  const { rows, columns, data } = block; // [queries of the block, training]
  for (let query = 0; query < rows; query++) {
    const start = (first + query) * count;
    for (let row = 0; row < columns; row++) {
      const value = data[query * columns + row]!;
      if (value <= similarities[start + count - 1]!) continue;
      let place = start + count - 1;
      for (; place > start && similarities[place - 1]! < value; place--) {
        similarities[place] = similarities[place - 1]!;
        indices[place] = indices[place - 1]!;
      }
      similarities[place] = value;
      indices[place] = row;
    }
  }
}

/**
 * Finds the `count` nearest training rows of each query by cosine similarity; of equals the earlier row.
 *
 * @param training - [rows, columns]
 * @param queries - [queries, columns]
 * @param count - How many; all rows if there are fewer.
 * @param options - `mostSimilarities`: how many are held at a time, at least those of one query. Default 2^24, 64 MiB.
 * @throws InvalidInput if `count` is not a positive integer, a matrix is empty or not finite, or the columns differ.
 */
export async function nearestNeighbors(
  training: Matrix,
  queries: Matrix,
  count: number,
  product: MatrixProduct,
  { mostSimilarities = usualSimilarities }: { readonly mostSimilarities?: number } = {},
): Promise<Neighbors> {
  throwFaults([
    positiveInteger('count', count, 'Usual are 1 to 50.'),
    ...featureFaults('training', training),
    ...featureFaults('queries', queries),
    columnsFault('queries', queries, 'training', training),
  ]);
  const wanted = Math.min(count, training.rows);
  const found: Neighbors = {
    count: wanted,
    indices: new Int32Array(queries.rows * wanted),
    similarities: new Float32Array(queries.rows * wanted).fill(-Infinity),
  };
  const [base, asked] = [unitRows(training), unitRows(queries)];
  const atOnce = Math.max(1, Math.floor(mostSimilarities / training.rows));
  for (let first = 0; first < queries.rows; first += atOnce) {
    const part = rowsFrom(asked, first, atOnce);
    keepNearest(found, first, await product(part, base, { transposeB: true }));
  }
  return found;
}

/**
 * Votes of the nearest rows, each weighing `exp(similarity / 0.07)` relative to the nearest.
 *
 * @param votes - How many of the nearest vote.
 * @returns [queries, classes]; -Infinity for a class that no neighbor has, so that it never counts as named.
 *
 * @see Wu et al., Unsupervised Feature Learning via Non-Parametric Instance Discrimination, https://arxiv.org/abs/1805.01978
 */
export function voteScores(
  { count, indices, similarities }: Neighbors,
  labels: ArrayLike<number>,
  classes: number,
  votes: number,
): Matrix {
  const rows = indices.length / count;
  const data = new Float32Array(rows * classes).fill(-Infinity);
  for (let query = 0; query < rows; query++) {
    const start = query * count;
    for (let place = start; place < start + Math.min(votes, count); place++) {
      const at = query * classes + labels[indices[place]!]!;
      // Relative to the nearest, so that no power overflows.
      const weight = Math.exp((similarities[place]! - similarities[start]!) / 0.07);
      data[at] = Math.max(data[at]!, 0) + weight;
    }
  }
  return { rows, columns: classes, data };
}

/** The class with the most votes of each query, by {@link voteScores}. */
export function weightedVote(
  neighbors: Neighbors,
  labels: ArrayLike<number>,
  classes: number,
  votes: number,
): Int32Array {
  return argmaxRows(voteScores(neighbors, labels, classes, votes));
}
