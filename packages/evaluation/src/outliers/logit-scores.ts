import { faultOf, invalidField, isInInterval, throwFaults } from '@m3ae/errors';
import { featureFaults } from '../check.js';
import type { Matrix } from '../matrix.js';

/** Refuses what are no logits of a classifier. */
function checkLogits(logits: Matrix): void {
  throwFaults([
    ...featureFaults('logits', logits),
    logits.columns === 1 && faultOf('logits', 'of two classes or more', 1, 'Pass a column for each class.'),
  ]);
}

/** The place and value of the largest logit of a row, and `sum exp((logit - largest) / temperature)` of the others. */
function softmaxParts({ columns, data }: Matrix, row: number, temperature: number) {
  const start = row * columns;
  let best = start;
  for (let at = start + 1; at < start + columns; at++) if (data[at]! > data[best]!) best = at;
  let others = 0;
  for (let at = start; at < start + columns; at++) {
    if (at !== best) others += Math.exp((data[at]! - data[best]!) / temperature);
  }
  return { largest: data[best]!, others };
}

/**
 * One minus the largest softmax probability of each row.
 *
 * It is computed as what the other classes have together, so that very sure answers are told apart where
 * `1 - probability` would round to 0.
 *
 * @param logits - [rows, classes]
 * @returns Higher means more outlying, in [0, 1): [rows].
 * @throws InvalidInput if `logits` is empty, has one column, or holds NaN or Infinity.
 *
 * @see Hendrycks, Gimpel, A Baseline for Detecting Misclassified and Out-of-Distribution Examples in Neural Networks,
 * https://arxiv.org/abs/1610.02136
 */
export function maximumSoftmax(logits: Matrix): Float64Array {
  checkLogits(logits);
  return Float64Array.from({ length: logits.rows }, (_, row) => {
    const { others } = softmaxParts(logits, row, 1);
    return others / (1 + others);
  });
}

/**
 * Energy of each row: `-T log sum exp(logit / T)`.
 *
 * @param logits - [rows, classes]
 * @param temperature - T, above 0. Default 1.
 * @returns Higher means more outlying: [rows].
 * @throws InvalidInput if `temperature` is not above 0, and under the conditions of {@link maximumSoftmax}.
 *
 * @see Liu et al., Energy-based Out-of-distribution Detection, https://arxiv.org/abs/2010.03759
 */
export function energy(logits: Matrix, temperature = 1): Float64Array {
  checkLogits(logits);
  if (!isInInterval(temperature, '(0, Infinity)')) {
    throw invalidField('temperature', 'a number above 0', temperature, 'Leave it out for 1.');
  }
  return Float64Array.from({ length: logits.rows }, (_, row) => {
    const { largest, others } = softmaxParts(logits, row, temperature);
    return -largest - temperature * Math.log1p(others);
  });
}
