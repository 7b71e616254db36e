import { invalidField } from '@m3ae/errors';
import type { Matrix } from '../matrix.js';

/** A share with its 95 % interval (Wilson). */
export interface Accuracy {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly count: number;
}

/** Index of the largest entry of each row; the first of equals. */
export function argmaxRows({ rows, columns, data }: Matrix): Int32Array {
  return Int32Array.from({ length: rows }, (_, row) => {
    let best = 0;
    for (let column = 1; column < columns; column++) {
      if (data[row * columns + column]! > data[row * columns + best]!) best = column;
    }
    return best;
  });
}

/**
 * `right` of `count` as a share, with the Wilson score interval at 95 %; of nothing, 0 in [0, 1].
 *
 * @see Wilson (1927), Probable inference, the law of succession, and statistical inference.
 */
export function shareOf(right: number, count: number): Accuracy {
  if (count === 0) return { value: 0, low: 0, high: 1, count };
  const value = right / count;
  const z = 1.959964;
  const center = (value + (z * z) / (2 * count)) / (1 + (z * z) / count);
  const half =
    (z / (1 + (z * z) / count)) * Math.sqrt((value * (1 - value)) / count + (z * z) / (4 * count * count));
  return { value, low: Math.max(0, center - half), high: Math.min(1, center + half), count };
}

/**
 * Share of predictions that equal their label, with the Wilson score interval at 95 %.
 *
 * @param predicted - A class for each example: [examples].
 * @param labels - [examples]
 * @throws InvalidInput if the two are not of one length.
 */
export function accuracy(predicted: ArrayLike<number>, labels: ArrayLike<number>): Accuracy {
  if (predicted.length !== labels.length) {
    const rule = `one class for each of ${labels.length} labels`;
    throw invalidField('predicted', rule, predicted.length, 'Predict and label the same examples.');
  }
  let right = 0;
  for (let row = 0; row < labels.length; row++) if (predicted[row] === labels[row]) right++;
  return shareOf(right, labels.length);
}
