import type { DataSplit } from '@m3ae/datasets';
import { classificationReport } from '../classification/report.js';
import { mistakesOf, sharesOf, testSplits } from '../probe/classifiers.js';
import type { FineTuneResults } from '../probe/classifier-results.js';
import type { EncodedDataSplit } from './encode-splits.js';

/**
 * What a classifier's own head names right, of features with `logits`.
 *
 * @param train - What it learned from, with labels.
 * @param encoded - The validation split, then the test splits.
 */
export function headResults(
  { dataset, indices }: DataSplit,
  [validation, ...tests]: readonly EncodedDataSplit[],
): Omit<FineTuneResults, 'folder' | 'steps'> {
  const classNames = dataset.classNames!;
  const labels = Int32Array.from(indices, (index) => dataset.labels![index]!);
  const reportOf = (split: EncodedDataSplit) =>
    classificationReport(split.features.logits!, split.labels, classNames);
  const reports = Object.fromEntries(tests.map((split) => [split.name, reportOf(split)]));
  return {
    classes: new Set(labels).size,
    classNames,
    trainExamples: labels.length,
    validation: reportOf(validation!).top1,
    parts: testSplits(tests, labels, classNames.length),
    tests: sharesOf(reports),
    details: Object.fromEntries(Object.entries(reports).map(([name, report]) => [name, mistakesOf(report)])),
  };
}
