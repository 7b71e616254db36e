import { argmaxRows } from '../classification/accuracy.js';
import type { Matrix, MatrixProduct } from '../matrix.js';
import { unitRows } from '../standardize.js';

/** The nearest training rows of each query, nearest first. */
export interface Neighbours {
  readonly count: number;
  /** [queries, count] rows of the training part */
  readonly indices: Int32Array;
  /** [queries, count] cosine similarities */
  readonly similarities: Float32Array;
}

/** Finds the `count` nearest training rows of each query by cosine similarity. */
export async function nearestNeighbours(
  training: Matrix,
  queries: Matrix,
  count: number,
  product: MatrixProduct,
): Promise<Neighbours> {
  const similarity = await product(unitRows(queries), unitRows(training), { transposeB: true }); // [queries, training]
  const wanted = Math.min(count, training.rows);
  const indices = new Int32Array(queries.rows * wanted);
  const similarities = new Float32Array(queries.rows * wanted).fill(-Infinity);
  for (let query = 0; query < queries.rows; query++) {
    const start = query * wanted;
    for (let row = 0; row < training.rows; row++) {
      const value = similarity.data[query * training.rows + row]!;
      if (value <= similarities[start + wanted - 1]!) continue;
      let place = start + wanted - 1;
      for (; place > start && similarities[place - 1]! < value; place--) {
        similarities[place] = similarities[place - 1]!;
        indices[place] = indices[place - 1]!;
      }
      similarities[place] = value;
      indices[place] = row;
    }
  }
  return { count: wanted, indices, similarities };
}

/**
 * Votes of the nearest rows, each weighing `exp(similarity / 0.07)` relative to the nearest.
 *
 * @param votes - How many of the nearest vote.
 * @returns [queries, classes]; -Infinity for a class that no neighbour has, so that it never counts as named.
 *
 * @see Wu et al., Unsupervised Feature Learning via Non-Parametric Instance Discrimination, https://arxiv.org/abs/1805.01978
 */
export function voteScores(
  { count, indices, similarities }: Neighbours,
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
  neighbours: Neighbours,
  labels: ArrayLike<number>,
  classes: number,
  votes: number,
): Int32Array {
  return argmaxRows(voteScores(neighbours, labels, classes, votes));
}
