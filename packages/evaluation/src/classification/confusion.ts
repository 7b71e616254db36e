import { invalidField, throwFaults } from '@m3ae/errors';
import { classCount, type Classes, labelFaults } from '../check.js';

/** How often each class was named for each. */
export interface ConfusionMatrix {
  readonly classes: number;
  /** Examples of class `row` that were named `column`, row-major: [classes, classes]. */
  readonly counts: Int32Array;
}

/**
 * Counts the answers by true class.
 *
 * @param predicted - [examples]
 * @param labels - [examples]
 * @throws InvalidInput if the two are not of one length or hold what is no class.
 *
 * @example
 * ```ts
 * const { counts } = confusionMatrix([0, 1, 1], [0, 1, 0], 2); // [1, 1, 0, 1]
 * ```
 */
export function confusionMatrix(
  predicted: ArrayLike<number>,
  labels: ArrayLike<number>,
  classes: Classes,
): ConfusionMatrix {
  const count = classCount(classes);
  if (!Number.isInteger(count) || count < 1) {
    throw invalidField('classes', 'a positive number, or names', count, 'Name the classes of the labels.');
  }
  throwFaults([
    ...labelFaults('predicted', predicted, { rows: labels.length, classes }),
    ...labelFaults('labels', labels, { classes }),
  ]);
  const counts = new Int32Array(count * count);
  for (let row = 0; row < labels.length; row++) counts[labels[row]! * count + predicted[row]!]!++;
  return { classes: count, counts };
}
