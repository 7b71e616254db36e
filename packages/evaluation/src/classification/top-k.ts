import { invalidField, requirePositiveInteger } from '@m3ae/errors';
import type { Matrix } from '../matrix.js';
import { type Accuracy, shareOf } from './accuracy.js';

/**
 * Share of examples whose label is among the `k` highest scores of its row, with its Wilson interval.
 *
 * Of equal scores the class of the lower index comes first, so top-1 is the accuracy of its
 * answers. A class with a score of -Infinity counts as never named, whatever `k`.
 *
 * @param scores - Higher is likelier: [examples, classes].
 * @param labels - [examples]
 * @throws InvalidInput if `k` is not a positive integer or the labels do not fit the scores.
 */
export function topKAccuracy(scores: Matrix, labels: ArrayLike<number>, k: number): Accuracy {
  const { rows, columns, data } = scores;
  requirePositiveInteger('k', k, 'Pass 1 or 5.');
  if (labels.length !== rows) {
    const rule = `one class for each of ${rows} rows of scores`;
    throw invalidField('labels', rule, labels.length, 'Score and label the same examples.');
  }
  let right = 0;
  for (let row = 0; row < rows; row++) {
    const scored = data.subarray(row * columns, (row + 1) * columns);
    const label = labels[row]!;
    const own = scored[label];
    if (own === undefined || !(own > -Infinity)) continue;
    let before = 0;
    for (let other = 0; other < columns; other++) {
      if (scored[other]! > own || (scored[other] === own && other < label)) before++;
    }
    if (before < k) right++;
  }
  return shareOf(right, rows);
}
