import { checkOptions } from '@m3ae/errors/rules';
import { foldIn, type RngKey } from '@m3ae/random';
import { checkLabeled, classCount, type Classes, type LabeledFeatures } from '../check.js';
import { type Accuracy, accuracy, argmaxRows } from '../classification/accuracy.js';
import { type ClassificationReport, classificationReport } from '../classification/report.js';
import { type LinearClassifier, linearScores, logisticProblem, solveLogistic } from './linear/logistic.js';
import type { LinearEngine } from './linear/linear-engine.js';
import { columnStatistics, type Matrix, type MatrixProduct, standardize } from '../matrix.js';
import { nearestNeighbors, voteScores } from './neighbors.js';
import { probeRules } from './probe-rules.js';

/** What a probe learns from, is chosen on, and is measured on. */
export interface ProbeSplits {
  readonly train: LabeledFeatures;
  readonly validation: LabeledFeatures;
  readonly tests: Readonly<Record<string, LabeledFeatures>>;
}

/** A setting chosen on the validation split and what it gives on each test split. */
export interface ProbeResult {
  readonly chosen: number;
  readonly validation: Accuracy;
  /** What was tried, in order, with the top-1 accuracy on the validation split. */
  readonly tried: readonly { readonly setting: number; readonly validation: Accuracy }[];
  readonly tests: Readonly<Record<string, ClassificationReport>>;
}

/** Options of {@link linearProbe} and {@link neighborProbe}. */
export interface ProbeOptions {
  /** For bootstrap intervals on the test splits; without one there are only Wilson's. */
  readonly key?: RngKey;
}

/** The class scores that one setting gives to some features: [examples, classes]. */
type Score = (features: Matrix) => Promise<Matrix>;

/** Settings in a row that may be worse than the best before the rest is left untried. */
const patience = 2;

/** @throws InvalidInput if the parts are no good; all parts at once. */
export function checkProbe({ train, validation, tests }: ProbeSplits, classes: Classes): void {
  const named = Object.entries(tests).map(([name, part]) => [`tests.${name}`, part] as const);
  checkLabeled({ train, validation, ...Object.fromEntries(named) }, { classes });
}

/** The reports on the test splits, each with a key of its own. */
export async function reportTests(
  tests: ProbeSplits['tests'],
  classes: Classes,
  score: Score,
  key: RngKey | undefined,
): Promise<Record<string, ClassificationReport>> {
  const reports: Record<string, ClassificationReport> = {};
  for (const [at, [name, { features, labels }]] of Object.entries(tests).entries()) {
    reports[name] = classificationReport(
      await score(features),
      labels,
      classes,
      key ? { key: foldIn(key, at) } : {},
    );
  }
  return reports;
}

/** Tries the settings on the validation split and measures the best on the test splits. */
async function chooseOnValidation(
  settings: readonly number[],
  { validation, tests }: ProbeSplits,
  classes: Classes,
  { key }: ProbeOptions,
  scoreOf: (setting: number) => Score | Promise<Score>,
): Promise<ProbeResult> {
  const tried: { setting: number; validation: Accuracy }[] = [];
  let best: { chosen: number; validation: Accuracy; score: Score } | undefined;
  let worse = 0;
  for (const setting of settings) {
    const score = await scoreOf(setting);
    const result = accuracy(argmaxRows(await score(validation.features)), validation.labels);
    tried.push({ setting, validation: result });
    const better = best === undefined || result.value > best.validation.value;
    worse = better ? 0 : worse + 1;
    if (better) best = { chosen: setting, validation: result, score };
    if (worse === patience) break;
  }
  const { chosen, score } = best!;
  return {
    chosen,
    validation: best!.validation,
    tried,
    tests: await reportTests(tests, classes, score, key),
  };
}

/**
 * Multinomial logistic regression to convergence; its penalty is chosen on the validation split, from the strongest
 * on, each beginning where the last one ended. After two that are worse than the best the rest is left untried.
 *
 * @param classes - Their number, or their names for the tables.
 * @param penalties - L2, `l2 / 2` times the squared weights beside the mean loss; in scikit-learn's words `C = 1 / (l2 * examples)`.
 * @throws InvalidInput if a penalty is not above 0, or naming every fault of the parts: empty, not finite, unlabeled, out of range, of unequal columns.
 */
export async function linearProbe(
  parts: ProbeSplits,
  classes: Classes,
  penalties: readonly number[],
  engine: LinearEngine,
  options: ProbeOptions = {},
): Promise<ProbeResult> {
  checkOptions(probeRules.penalties, penalties, { path: 'l2' });
  checkProbe(parts, classes);
  const { features, labels } = parts.train;
  const problem = logisticProblem(features, labels, classCount(classes), engine);
  let last: LinearClassifier | undefined;
  const descending = [...penalties].sort((a, b) => b - a);
  return chooseOnValidation(descending, parts, classes, options, async (l2) => {
    const classifier = await solveLogistic(problem, l2, last);
    last = classifier;
    return (queries) => linearScores(classifier, queries, engine);
  });
}

/** All parts with each feature brought to mean 0 and deviation 1 over the training split. */
function standardized({ train, validation, tests }: ProbeSplits): ProbeSplits {
  const statistics = columnStatistics(train.features);
  const change = (part: LabeledFeatures) => ({ ...part, features: standardize(part.features, statistics) });
  return {
    train: change(train),
    validation: change(validation),
    tests: Object.fromEntries(Object.entries(tests).map(([name, part]) => [name, change(part)])),
  };
}

/**
 * Nearest neighbors by cosine with weighted votes; their number is chosen on the validation split, from the fewest on.
 *
 * Features are standardized first, as for the linear classifier; on raw pixels that gives one to two points.
 *
 * @param classes - Their number, or their names for the tables.
 * @param counts - Numbers of neighbors to try.
 * @throws InvalidInput if a count is no positive integer, or as {@link linearProbe} does.
 */
export async function neighborProbe(
  given: ProbeSplits,
  classes: Classes,
  counts: readonly number[],
  product: MatrixProduct,
  options: ProbeOptions = {},
): Promise<ProbeResult> {
  checkOptions(probeRules.counts, counts, { path: 'counts' });
  checkProbe(given, classes);
  const parts = standardized(given);
  const most = Math.max(...counts);
  const { features, labels } = parts.train;
  const found = new Map<Matrix, ReturnType<typeof nearestNeighbors>>();
  const neighborsOf = (queries: Matrix) => {
    const known = found.get(queries) ?? nearestNeighbors(features, queries, most, product);
    found.set(queries, known);
    return known;
  };
  const ascending = [...counts].sort((a, b) => a - b);
  return chooseOnValidation(
    ascending,
    parts,
    classes,
    options,
    (votes) => async (queries) => voteScores(await neighborsOf(queries), labels, classCount(classes), votes),
  );
}
