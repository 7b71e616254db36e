import type { ClassificationReport } from '../classification/report.js';
import type { ProbeResult, ProbeSplits } from './chosen-probes.js';
import type {
  ClassifierResults,
  FeatureAccuracy,
  SplitAccuracy,
  TestDetails,
  TestSplit,
} from './classifier-results.js';
import { type EncodedSplit, type EncodedSplits, labeledFeatures, type OnProgress } from '../evaluator.js';

/** Replaces every value of a record. */
const mapValues = <From, To>(record: Readonly<Record<string, From>>, change: (value: From) => To) =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));

/** The shares of some reports alone. */
export const sharesOf = (
  reports: Readonly<Record<string, ClassificationReport>>,
): Record<string, SplitAccuracy> => mapValues(reports, ({ top1, top5 }) => ({ top1, top5 }));

/** One kind of features of every split. */
function probeSplits({ train, validation, tests }: EncodedSplits, name: string): ProbeSplits {
  return {
    train: labeledFeatures(train, name),
    validation: labeledFeatures(validation, name),
    tests: Object.fromEntries(tests.map((test) => [test.name, labeledFeatures(test, name)])),
  };
}

/** Share of the most frequent training class among some labels. */
function majorityShare(training: Int32Array, labels: Int32Array, classes: number): number {
  const counts = new Float64Array(classes);
  training.forEach((label) => counts[label]!++);
  const most = counts.indexOf(Math.max(...counts));
  return labels.filter((label) => label === most).length / Math.max(1, labels.length);
}

/** Test splits as tables name them; classes of the training examples tell the most frequent one. */
export function testSplits(
  tests: readonly Omit<EncodedSplit, 'features'>[],
  training: Int32Array,
  classes: number,
): TestSplit[] {
  return tests.map(({ name, title = name, note = '', labels, unreadable }) => ({
    key: name,
    name: title,
    note,
    length: labels.length,
    ...(unreadable !== undefined && { unreadable }),
    majority: majorityShare(training, labels, classes),
  }));
}

/** The learned features that do best on the validation split; raw pixels only where nothing else was tried. */
function bestFeatures<Name extends string>(
  features: Readonly<Partial<Record<Name, Pick<FeatureAccuracy, 'validation'>>>>,
  names: readonly Name[],
): Name {
  const learned = names.filter((name) => name !== 'pixels');
  const candidates = learned.length > 0 ? learned : names;
  return candidates.reduce((best, next) =>
    features[next]!.validation.value > features[best]!.validation.value ? next : best,
  );
}

/** Per-class table and the pairs of classes that were taken for each other. */
export function mistakesOf({ perClass, confusion: { classes, counts } }: ClassificationReport): TestDetails {
  const confusion = Array.from(counts.entries())
    .filter(([, count]) => count > 0)
    .map(([at, count]) => [Math.floor(at / classes), at % classes, count] as const);
  return { perClass: perClass.filter(({ recall }) => recall.count > 0), confusion };
}

/** How a classifier is fitted and chosen, and what is told of it. */
interface ClassifierKind<Found, Setting> {
  readonly probe: (parts: ProbeSplits, classNames: readonly string[]) => Promise<Found>;
  readonly settingOf: (found: Found) => Setting;
  readonly onProgress?: OnProgress;
}

/** Fits one kind of classifier to some kinds of features. */
export async function classify<
  Setting extends object,
  Found extends Pick<ProbeResult, 'validation' | 'tests'>,
  Name extends string,
>(
  splits: EncodedSplits,
  names: readonly Name[],
  { probe, settingOf, onProgress = () => {} }: ClassifierKind<Found, Setting>,
): Promise<ClassifierResults<Setting, Name>> {
  const { classNames, train, tests } = splits;
  const features: Partial<Record<Name, FeatureAccuracy & Setting>> = {};
  const reports: Partial<Record<Name, ProbeResult['tests']>> = {};
  for (const [number, name] of names.entries()) {
    onProgress(number, names.length);
    const parts = probeSplits(splits, name);
    const found = await probe(parts, classNames);
    reports[name] = found.tests;
    features[name] = {
      dimensions: parts.train.features.columns,
      ...settingOf(found),
      validation: found.validation,
      tests: sharesOf(found.tests),
    };
  }
  onProgress(names.length, names.length);
  const best = bestFeatures(features, names);
  return {
    best,
    chosenOn: 'validation',
    classes: new Set(train.labels).size,
    classNames,
    trainExamples: train.labels.length,
    tests: testSplits(tests, train.labels, classNames.length),
    features,
    details: mapValues(reports[best]!, mistakesOf),
  };
}

/** Share of each test split that the best features name right. */
export function shareByTest<Name extends string>({
  best,
  tests,
  features,
}: ClassifierResults<object, Name>): Record<string, number> {
  return Object.fromEntries(tests.map(({ key }) => [key, features[best]!.tests[key]!.top1.value]));
}
