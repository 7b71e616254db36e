import { faultOf, isInInterval, positiveInteger, throwFaults } from '@m3ae/errors';
import { foldIn, randomInteger, type RngKey } from '@m3ae/random';

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
export function quantile(sorted: ArrayLike<number>, share: number): number {
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const low = sorted[below]!;
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return low + (high - low) * (place - below);
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
  }).sort();
  const tail = (1 - level) / 2;
  return { value: statistic(given), low: quantile(drawn, tail), high: quantile(drawn, 1 - tail) };
}
