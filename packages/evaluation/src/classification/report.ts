import type { RngKey } from '@m3ae/random';
import { checkLabels, type Classes } from '../check.js';
import type { Matrix } from '../matrix.js';
import { type Accuracy, argmaxRows } from './accuracy.js';
import { bootstrapInterval, type Interval } from './bootstrap.js';
import { confusionMatrix, type ConfusionMatrix } from './confusion.js';
import { type ClassRow, classRows } from './per-class.js';
import { topKAccuracy } from './top-k.js';

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
