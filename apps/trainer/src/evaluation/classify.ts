import {
  type ClassificationReport,
  joinColumns,
  linearEngine,
  linearProbe,
  type Matrix,
  neighbourProbe,
  type ProbeParts,
  type ProbeResult,
  referenceProbe,
  type ReferenceProbeOptions,
  runnerProduct,
} from '@m3ae/evaluation';
import { foldIn, key } from '@m3ae/random';
import type { Runner } from '@m3ae/compile';
import type { Progress } from '../run/progress.js';
import type { Encoded } from './encode-parts.js';
import type { StoredFeatures } from './feature-cache.js';
import type {
  ClassifierResults,
  FeatureAccuracy,
  FeatureName,
  NeighbourResults,
  ProbeResults,
  ReferenceProbeResults,
  TestDetails,
  TestPart,
} from './types.js';

/** Parts with their features: to learn from, to choose on, to measure on. */
export interface EvaluationParts {
  readonly train: Encoded;
  readonly validation: Encoded;
  readonly tests: readonly Encoded[];
}

/** One kind of features of some pictures. */
export function featuresOf({ matrices }: StoredFeatures, name: FeatureName): Matrix {
  return name === 'both' ? joinColumns(matrices.mean!, matrices.cls!) : matrices[name]!;
}

function probeParts({ train, validation, tests }: EvaluationParts, name: FeatureName): ProbeParts {
  const of = ({ features }: Encoded) => ({
    features: featuresOf(features, name),
    labels: features.labels,
  });
  return {
    train: of(train),
    validation: of(validation),
    tests: Object.fromEntries(tests.map((test) => [test.part.name, of(test)])),
  };
}

/** Share of the most frequent training class among some labels. */
function majorityShare(training: Int32Array, labels: Int32Array, classes: number): number {
  const counts = new Float64Array(classes);
  training.forEach((label) => counts[label]!++);
  const most = counts.indexOf(Math.max(...counts));
  return labels.filter((label) => label === most).length / Math.max(1, labels.length);
}

const classNamesOf = ({ train }: EvaluationParts) => train.part.dataset.classNames!;

/**
 * Test parts as tables name them.
 *
 * @param training - Classes of the training pictures, to tell the most frequent one.
 */
export function testParts(tests: readonly Encoded[], training: Int32Array, classes: number): TestPart[] {
  return tests.map(({ part, features }) => ({
    key: part.name,
    name: part.title,
    note: part.note,
    length: part.indices.length,
    ...(part.unreadable !== undefined && { unreadable: part.unreadable }),
    majority: majorityShare(training, features.labels, classes),
  }));
}

/** The learned features that do best on the validation part; raw pixels only where nothing else was tried. */
export function bestFeatures(features: Readonly<Partial<Record<FeatureName, FeatureAccuracy>>>): FeatureName {
  const names = Object.keys(features) as FeatureName[];
  const learned = names.filter((name) => name !== 'pixels');
  const candidates = learned.length > 0 ? learned : names;
  return candidates.reduce((best, next) =>
    features[next]!.validation.value > features[best]!.validation.value ? next : best,
  );
}

/** Per-class table and the pairs of classes that were taken for each other. */
export function detailsOf({ perClass, confusion: { classes, counts } }: ClassificationReport): TestDetails {
  const confusion = Array.from(counts.entries())
    .filter(([, count]) => count > 0)
    .map(([at, count]) => [Math.floor(at / classes), at % classes, count] as const);
  return { perClass: perClass.filter(({ recall }) => recall.count > 0), confusion };
}

/** Replaces every value of a record. */
const mapValues = <From, To>(record: Readonly<Record<string, From>>, change: (value: From) => To) =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));

/** What every classifier tells of one kind of features. */
type ClassifierFound = Pick<ProbeResult, 'validation' | 'tests'>;

async function classify<Setting extends object, Found extends ClassifierFound>(
  parts: EvaluationParts,
  names: readonly FeatureName[],
  probe: (parts: ProbeParts, classes: readonly string[]) => Promise<Found>,
  settingOf: (found: Found) => Setting,
  { progress, title }: { readonly progress: Progress; readonly title: string },
): Promise<ClassifierResults<Setting>> {
  const features: Partial<Record<FeatureName, FeatureAccuracy & Setting>> = {};
  const reports = new Map<FeatureName, ProbeResult['tests']>();
  for (const [number, name] of names.entries()) {
    progress.part(title, number, names.length);
    const probed = probeParts(parts, name);
    const found = await probe(probed, classNamesOf(parts));
    const { validation, tests } = found;
    reports.set(name, tests);
    const shares = mapValues(tests, ({ top1, top5 }) => ({ top1, top5 }));
    const dimensions = probed.train.features.columns;
    features[name] = { dimensions, ...settingOf(found), validation, tests: shares };
  }
  progress.part(title, names.length, names.length);
  const best = bestFeatures(features);
  return {
    best,
    chosenOn: 'validation',
    classes: new Set(parts.train.features.labels).size,
    classNames: classNamesOf(parts),
    trainExamples: parts.train.features.labels.length,
    tests: testParts(parts.tests, parts.train.features.labels, classNamesOf(parts).length),
    features,
    details: mapValues(reports.get(best)!, detailsOf),
  };
}

/** What a classifier on features is told. */
export interface ClassifyOptions {
  readonly features: readonly FeatureName[];
  /** Strengths or numbers of neighbours that are tried on the validation part. */
  readonly settings: readonly number[];
  readonly engine: Runner;
  readonly progress: Progress;
}

/** Logistic regression on frozen features; its strength is chosen on the validation part alone. */
export async function measureProbe(
  parts: EvaluationParts,
  { features, settings, engine, progress }: ClassifyOptions,
): Promise<ProbeResults> {
  const linear = linearEngine(engine);
  const title = 'Linear probe';
  const probe = (probed: ProbeParts, classes: readonly string[]) =>
    linearProbe(probed, classes, settings, linear);
  try {
    return await classify(parts, features, probe, ({ chosen }) => ({ strength: chosen }), {
      progress,
      title,
    });
  } finally {
    await linear.dispose();
  }
}

/**
 * The linear probe of the reference: batch normalisation and LARS. Its figures are those after the last epoch; those of
 * the epoch that is best on the validation part, which the reference tells, stand beside.
 */
export async function measureReferenceProbe(
  parts: EvaluationParts,
  {
    features,
    options,
    seed,
    engine,
    progress,
  }: Omit<ClassifyOptions, 'settings'> & {
    readonly options: ReferenceProbeOptions;
    readonly seed: number;
  },
): Promise<ReferenceProbeResults> {
  const title = 'Linear probe of the reference';
  const probe = async (probed: ProbeParts, classes: readonly string[]) => {
    const run = { runner: engine, key: foldIn(key(seed), 13) };
    const { last, best } = await referenceProbe(probed, classes, options, run);
    return { ...last, best };
  };
  return classify(
    parts,
    features,
    probe,
    ({ epoch, best }) => ({
      epochs: epoch,
      best: {
        epoch: best.epoch,
        validation: best.validation,
        tests: mapValues(best.tests, ({ top1, top5 }) => ({ top1, top5 })),
      },
    }),
    { progress, title },
  );
}

/** Votes of the nearest training pictures; their number is chosen on the validation part alone. */
export async function measureNeighbours(
  parts: EvaluationParts,
  { features, settings, engine, progress }: ClassifyOptions,
): Promise<NeighbourResults> {
  const { product, dispose } = runnerProduct(engine);
  const title = 'Nearest neighbours';
  const probe = (probed: ProbeParts, classes: readonly string[]) =>
    neighbourProbe(probed, classes, settings, product);
  try {
    return await classify(parts, features, probe, ({ chosen }) => ({ neighbours: chosen }), {
      progress,
      title,
    });
  } finally {
    await dispose();
  }
}
