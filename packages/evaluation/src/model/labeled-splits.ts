import { type DataSplit, limited } from '@m3ae/datasets';
import { type Fault, faultOf, sentenceOf, throwFaults, unusable } from '@m3ae/errors';
import type { EncodedSplits } from '../evaluator.js';
import type { FeatureName, FineTuneResults } from '../probe/classifier-results.js';
import { classificationReport } from '../classification/report.js';
import { mistakesOf, sharesOf, testSplits } from '../probe/classifiers.js';
import {
  type EncodedDataSplit,
  type EncodeOptions,
  encodeSplits,
  type PictureEncoder,
} from './encode-splits.js';
import type { EvaluationLog } from './read-split.js';

/** What a classifier learns from, is chosen on and is measured on. */
export interface LabeledSplits {
  readonly train: DataSplit;
  readonly validation: DataSplit;
  /** One or more. */
  readonly tests: readonly DataSplit[];
}

/** Why nothing can be classified; nothing where all is there. */
export function classificationFault({
  train,
  validation,
  tests,
}: {
  readonly [Name in 'train' | 'validation']: DataSplit | null;
} & Pick<LabeledSplits, 'tests'>): Fault | undefined {
  const { labels } = train?.dataset ?? {};
  if (train === null || labels === undefined) {
    const rule = 'given, as they say where the classes come from';
    return faultOf('labels', rule, 'none', 'Write e.g. labels: "subfolder" for a folder a class.');
  }
  if (tests.length === 0 || [validation, ...tests].some((split) => !split?.indices.length)) {
    const rule = 'so large that the validation and test splits hold pictures';
    return faultOf('validationShare', rule, 'an empty split', 'Raise it, e.g. to 0.2.');
  }
  const present = new Set(Array.from(train.indices, (index) => labels[index])).size;
  if (present >= 2) return undefined;
  return faultOf('labels', 'of at least two classes', present, 'Add pictures of another class.');
}

/** What may be classified: training examples that have labels, and the splits kept apart. */
export interface ClassifiedSplits extends Pick<LabeledSplits, 'tests'> {
  /** Null where no example has a label. */
  readonly labeled: DataSplit | null;
  readonly validation: DataSplit | null;
}

/**
 * Why nothing can be classified, in a sentence; nothing where all is there.
 *
 * @param prefix - What paths begin with, e.g. `data.source`.
 */
export function whyUnclassified(
  { labeled: train, validation, tests }: ClassifiedSplits,
  prefix?: string,
): string | undefined {
  const fault = classificationFault({ train, validation, tests });
  if (fault === undefined) return undefined;
  return sentenceOf(prefix === undefined ? fault : { ...fault, path: `${prefix}.${fault.path}` });
}

/**
 * The splits that classifiers learn from, are chosen on and measured on.
 *
 * @param options - At most so many training examples, evenly spread, and what paths begin with in errors.
 * @throws InvalidInput if the pictures have no classes, or a split is empty.
 */
export function labeledSplits(
  splits: ClassifiedSplits,
  {
    maxTrainExamples = Infinity,
    prefix,
  }: { readonly maxTrainExamples?: number; readonly prefix?: string } = {},
): LabeledSplits {
  const why = whyUnclassified(splits, prefix);
  if (why !== undefined) throw unusable([why]);
  const { labeled, validation, tests } = splits;
  return { train: limited(labeled!, maxTrainExamples), validation: validation!, tests };
}

/**
 * Features of the splits that classifiers learn from, are chosen on and measured on: what `probeEvaluator` and its like take.
 *
 * @throws InvalidInput if the pictures have no classes, or a split is empty.
 *
 * @example
 * ```ts
 * const encoder = pictureEncoderOf(model, createRunner());
 * const splits = await encodeLabeled(encoder, { train, validation, tests: [test] }, ['mean', 'pixels']);
 * const { best } = await probeEvaluator({ features: ['mean', 'pixels'], l2: [1, 0.1], runner }).run(splits);
 * ```
 */
export async function encodeLabeled(
  encoder: PictureEncoder,
  splits: LabeledSplits,
  names: readonly FeatureName[],
  options: EncodeOptions = {},
): Promise<EncodedSplits> {
  throwFaults([classificationFault(splits)]);
  const { train, validation, tests } = splits;
  const { labels, classNames } = train.dataset;
  const [first, second, ...others] = await encodeSplits(
    encoder,
    [train, validation, ...tests],
    names,
    options,
  );
  return {
    classNames:
      classNames ?? Array.from({ length: 1 + Math.max(...new Set(labels)) }, (_, label) => `${label}`),
    train: first!,
    validation: second!,
    tests: others,
  };
}

/**
 * Says which classes have one training picture: their spread is that of the others.
 *
 * @throws InvalidInput if that is so of all classes, as nothing can then tell a spread.
 */
export function refuseLoneClasses({ train: { dataset, indices } }: LabeledSplits, log?: EvaluationLog): void {
  const { labels, classNames: names } = dataset;
  if (labels === undefined || names === undefined) return; // encodeLabeled says what is missing
  const counts = new Int32Array(names.length);
  indices.forEach((index) => counts[labels[index]!]!++);
  const lone = names.filter((_, label) => counts[label] === 1);
  if (lone.length === 0) return;
  if (lone.length < counts.filter((count) => count > 0).length) {
    const more = lone.length > 1 ? ` and ${lone.length - 1} more` : '';
    log?.say(
      `One training picture alone is of class ${lone[0]}${more}: its spread is taken from the others.`,
    );
    return;
  }
  throw unusable([
    `Classes must hold more than one training picture for ood; received one of each, e.g. of ${lone[0]}. Gather more pictures.`,
  ]);
}

/** Features of a model's own pictures and of those that are not of their kind. */
export interface EncodedOutliers {
  readonly splits: EncodedSplits;
  readonly outside: readonly EncodedDataSplit[];
}

/**
 * Encodes labeled splits, and sets of pictures of another kind: what `outlierEvaluator` takes.
 *
 * @throws InvalidInput if the pictures have no classes, or a split is empty.
 */
export async function encodeOutliers(
  encoder: PictureEncoder,
  labeled: LabeledSplits,
  outside: readonly DataSplit[],
  names: readonly FeatureName[],
  options: EncodeOptions = {},
): Promise<EncodedOutliers> {
  const splits = await encodeLabeled(encoder, labeled, names, options);
  return { splits, outside: await encodeSplits(encoder, outside, names, options) };
}

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
