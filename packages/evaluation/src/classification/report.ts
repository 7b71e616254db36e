import type { RngKey } from '@m3ae/random';
import { invalidField, throwFaults } from '@m3ae/errors';
import { checkLabels, classCount, type Classes, className, labelFaults } from '../check.js';
import type { Matrix } from '../matrix.js';
import {
  type Accuracy,
  argmaxRows,
  bootstrapInterval,
  type Interval,
  shareOf,
  topKAccuracy,
} from './accuracy.js';

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

/** What became of one class. */
export interface ClassRow {
  readonly label: number;
  readonly name: string;
  /** Share of its examples that were named right, with its Wilson interval; `count` is their number. */
  readonly recall: Accuracy;
  /** Share of the answers with this class that were right; 0 where there was none. */
  readonly precision: number;
  /** 2·precision·recall / (precision + recall); 0 where both are 0. */
  readonly f1: number;
}

/** The table of classes that a confusion matrix holds, in the order of the labels. */
function classRows({ classes, counts }: ConfusionMatrix, names: Classes): ClassRow[] {
  const answered = new Float64Array(classes);
  const present = new Float64Array(classes);
  counts.forEach((count, at) => {
    answered[at % classes]! += count;
    present[Math.floor(at / classes)]! += count;
  });
  return Array.from({ length: classes }, (_, label) => {
    const right = counts[label * classes + label]!;
    const recall = shareOf(right, present[label]!);
    const precision = answered[label] === 0 ? 0 : right / answered[label]!;
    // Twice the right over all that are or were named so: the same as the harmonic mean.
    const either = answered[label]! + present[label]!;
    return {
      label,
      name: className(names, label),
      recall,
      precision,
      f1: either === 0 ? 0 : (2 * right) / either,
    };
  });
}

/**
 * Recall, precision and F1 of each class, in the order of the labels; classes without examples are listed too.
 *
 * @param predicted - [examples]
 * @param labels - [examples]
 * @param classes - Their number, or their names.
 * @throws InvalidInput if the two are not of one length or hold what is no class.
 */
export function perClassTable(
  predicted: ArrayLike<number>,
  labels: ArrayLike<number>,
  classes: Classes,
): ClassRow[] {
  return classRows(confusionMatrix(predicted, labels, classes), classes);
}

/** Everything that is told of a classifier on one set of examples. */
export interface ClassificationReport {
  readonly top1: Accuracy;
  readonly top5: Accuracy;
  /** Top-1 with its bootstrap interval; only where a key was given. */
  readonly bootstrap?: Interval;
  /** In the order of the labels. */
  readonly perClass: readonly ClassRow[];
  readonly confusion: ConfusionMatrix;
  /** The class named for each example: [examples]. */
  readonly predicted: Int32Array;
}

/**
 * Measures scores against labels in every usual way.
 *
 * @param scores - Higher is likelier: [examples, classes].
 * @param labels - [examples]
 * @param classes - Their number, or their names for the table.
 * @param key - For the bootstrap interval; without one there is none.
 * @throws InvalidInput if the labels do not fit the scores.
 */
export function classificationReport(
  scores: Matrix,
  labels: ArrayLike<number>,
  classes: Classes = scores.columns,
  { key }: { readonly key?: RngKey } = {},
): ClassificationReport {
  checkLabels('labels', labels, { rows: scores.rows, classes });
  const predicted = argmaxRows(scores);
  const confusion = confusionMatrix(predicted, labels, classes);
  return {
    top1: topKAccuracy(scores, labels, 1),
    top5: topKAccuracy(scores, labels, 5),
    ...(key && {
      bootstrap: bootstrapInterval(
        predicted.map((label, row) => Number(label === labels[row])),
        key,
      ),
    }),
    perClass: classRows(confusion, classes),
    confusion,
    predicted,
  };
}
