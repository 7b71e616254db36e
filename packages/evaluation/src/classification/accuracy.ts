import {
  faultOf,
  invalidField,
  isInInterval,
  positiveInteger,
  requirePositiveInteger,
  throwFaults,
} from '@m3ae/errors';
import { foldIn, randomInteger, type RngKey } from '@m3ae/random';
import { type Matrix, rowOf } from '../matrix.js';

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
  const { rows, columns } = scores;
  requirePositiveInteger('k', k, 'Pass 1 or 5.');
  if (labels.length !== rows) {
    const rule = `one class for each of ${rows} rows of scores`;
    throw invalidField('labels', rule, labels.length, 'Score and label the same examples.');
  }
  let right = 0;
  for (let row = 0; row < rows; row++) {
    const scored = rowOf(scores, row);
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

/** A statistic with an interval around it. */
export interface Interval {
  /** The statistic of the values themselves. */
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** Options of {@link bootstrapInterval}. */
export interface BootstrapOptions {
  /** Samples drawn. Default 1000. */
  readonly resamples?: number;
  /** Share of the samples inside of the interval. Default 0.95. */
  readonly level?: number;
  /** What is computed of a sample. Default: its mean. */
  readonly statistic?: (sample: Float64Array) => number;
}

/** The mean of some values. */
const meanOf = (sample: Float64Array) => sample.reduce((sum, value) => sum + value, 0) / sample.length;

/** Quantile by linear interpolation between the sorted values, as numpy's default. */
function quantile(sorted: ArrayLike<number>, share: number): number {
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const low = sorted[below]!;
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return low + (high - low) * (place - below);
}

/** A statistic with the interval that holds `level` of those of drawn samples, which are sorted in place. */
export function percentileInterval(value: number, drawn: Float64Array, level: number): Interval {
  drawn.sort();
  const tail = (1 - level) / 2;
  return { value, low: quantile(drawn, tail), high: quantile(drawn, 1 - tail) };
}

/**
 * Percentile bootstrap: the statistic of samples drawn with replacement, and the interval that holds `level` of them.
 *
 * For an accuracy pass 1 where an answer was right and 0 where not; to compare two models on the same examples pass
 * the differences of theirs, and look whether the interval holds 0.
 *
 * @param values - One for each example: [examples].
 * @param key - The same key always gives the same interval.
 * @throws InvalidInput if there are no values, one is not finite, or an option is out of range.
 *
 * @example
 * ```ts
 * const { value, low, high } = bootstrapInterval([1, 0, 1, 1], key(0));
 * ```
 *
 * @see Efron (1979), Bootstrap Methods: Another Look at the Jackknife.
 */
export function bootstrapInterval(
  values: ArrayLike<number>,
  key: RngKey,
  { resamples = 1000, level = 0.95, statistic = meanOf }: BootstrapOptions = {},
): Interval {
  const given = Float64Array.from(values);
  throwFaults([
    given.length === 0 && faultOf('values', 'at least one number', 'none', 'Measure an example first.'),
    !given.every(Number.isFinite) &&
      faultOf('values', 'finite numbers', 'NaN or Infinity', 'Leave such examples out.'),
    positiveInteger('resamples', resamples, 'Usual are 1000.'),
    !isInInterval(level, '(0, 1)') && faultOf('level', 'between 0 and 1', level, 'Write 95 % as 0.95.'),
  ]);
  const sample = new Float64Array(given.length);
  const drawn = Float64Array.from({ length: resamples }, (_, at) => {
    const rows = randomInteger(foldIn(key, at), given.length, 0, given.length);
    for (let place = 0; place < sample.length; place++) sample[place] = given[rows[place]!]!;
    return statistic(sample);
  });
  return percentileInterval(statistic(given), drawn, level);
}
