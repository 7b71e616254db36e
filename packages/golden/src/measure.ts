/**
 * How an error is measured.
 *
 * - `output`: largest absolute difference over the larger of 1 and the largest expected magnitude.
 * - `absolute`: largest absolute difference.
 * - `relative`: L2 norm of the difference over that of the expected, or the former alone where the latter is below 1e-6.
 * - `exact`: number of elements that differ.
 */
export type Measure = 'output' | 'absolute' | 'relative' | 'exact';

type Numbers = ArrayLike<number>;

/** The error of `received` against `expected` under a measure; NaN if either holds a NaN that the other has not. */
export function measureError(received: Numbers, expected: Numbers, measure: Measure): number {
  if (measure === 'exact') return countDifferent(received, expected);
  if (measure === 'relative') return relative(received, expected);
  const largest = largestDifference(received, expected);
  return measure === 'output' ? largest / Math.max(1, largestMagnitude(expected)) : largest;
}

function largestDifference(received: Numbers, expected: Numbers): number {
  let largest = 0;
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs(received[i]! - expected[i]!);
    if (Number.isNaN(difference) && !Object.is(received[i], expected[i])) return NaN;
    if (difference > largest) largest = difference;
  }
  return largest;
}

function largestMagnitude(values: Numbers): number {
  let largest = 0;
  for (let i = 0; i < values.length; i++) largest = Math.max(largest, Math.abs(values[i]!));
  return largest;
}

function relative(received: Numbers, expected: Numbers): number {
  let difference = 0;
  let norm = 0;
  for (let i = 0; i < expected.length; i++) {
    difference += (received[i]! - expected[i]!) ** 2;
    norm += expected[i]! ** 2;
  }
  const scale = Math.sqrt(norm);
  return scale < 1e-6 ? Math.sqrt(difference) : Math.sqrt(difference) / scale;
}

function countDifferent(received: Numbers, expected: Numbers): number {
  let count = 0;
  for (let i = 0; i < expected.length; i++) if (received[i] !== expected[i]) count++;
  return count;
}
