import { type Accuracy, shareOf } from './accuracy.js';
import { type Classes, className } from '../check.js';
import { confusionMatrix, type ConfusionMatrix } from './confusion.js';

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
export function classRows({ classes, counts }: ConfusionMatrix, names: Classes): ClassRow[] {
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
