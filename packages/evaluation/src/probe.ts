import { type Accuracy, accuracy, argmaxRows } from './classification/accuracy.js';
import {
  type LinearClassifier,
  type LinearEngine,
  linearScores,
  logisticProblem,
  solveLogistic,
} from './linear/logistic.js';
import type { Matrix, MatrixProduct } from './matrix.js';
import { nearestNeighbours, weightedVote } from './neighbours/neighbours.js';
import { columnStatistics, standardize } from './standardize.js';

/** Features with their classes. */
export interface LabelledFeatures {
  readonly features: Matrix;
  /** [rows] */
  readonly labels: Int32Array;
}

/** What a probe learns from, is chosen on, and is measured on. */
export interface ProbeParts {
  readonly train: LabelledFeatures;
  readonly validation: LabelledFeatures;
  readonly tests: Readonly<Record<string, LabelledFeatures>>;
}

/** A setting chosen on the validation part and what it gives on each test part. */
export interface ProbeResult {
  readonly chosen: number;
  readonly validation: Accuracy;
  readonly tests: Readonly<Record<string, Accuracy>>;
}

/** The classes that one setting gives to some features. */
type Classify = (features: Matrix) => Promise<Int32Array>;

/** Settings in a row that may be worse than the best before the rest is left untried. */
const patience = 2;

/** Tries the settings on the validation part and measures the best on the test parts. */
async function chooseOnValidation(
  settings: readonly number[],
  { validation, tests }: ProbeParts,
  classifierOf: (setting: number) => Classify | Promise<Classify>,
): Promise<ProbeResult> {
  let best: { chosen: number; validation: Accuracy; classify: Classify } | undefined;
  let worse = 0;
  for (const chosen of settings) {
    const classify = await classifierOf(chosen);
    const result = accuracy(await classify(validation.features), validation.labels);
    const better = best === undefined || result.value > best.validation.value;
    worse = better ? 0 : worse + 1;
    if (better) best = { chosen, validation: result, classify };
    if (worse === patience) break;
  }
  if (best === undefined)
    throw new RangeError('settings must hold a value; received none. Name one, e.g. [1].');
  const measured: Record<string, Accuracy> = {};
  for (const [name, { features, labels }] of Object.entries(tests)) {
    measured[name] = accuracy(await best.classify(features), labels);
  }
  return { chosen: best.chosen, validation: best.validation, tests: measured };
}

/** Multinomial logistic regression; its strength is chosen on the validation part, from the strongest on. */
export async function linearProbe(
  parts: ProbeParts,
  classes: number,
  strengths: readonly number[],
  engine: LinearEngine,
): Promise<ProbeResult> {
  const problem = logisticProblem(parts.train.features, parts.train.labels, classes, engine);
  let last: LinearClassifier | undefined;
  const descending = [...strengths].sort((a, b) => b - a);
  return chooseOnValidation(descending, parts, async (strength) => {
    const classifier = await solveLogistic(problem, strength, last);
    last = classifier;
    return async (features) => argmaxRows(await linearScores(classifier, features, engine));
  });
}

/** All parts with each feature brought to mean 0 and deviation 1 over the training part. */
function standardized({ train, validation, tests }: ProbeParts): ProbeParts {
  const statistics = columnStatistics(train.features);
  const change = (part: LabelledFeatures) => ({ ...part, features: standardize(part.features, statistics) });
  return {
    train: change(train),
    validation: change(validation),
    tests: Object.fromEntries(Object.entries(tests).map(([name, part]) => [name, change(part)])),
  };
}

/**
 * Nearest neighbours by cosine with weighted votes; their number is chosen on the validation part.
 *
 * Features are standardised first, as for the linear classifier; on raw pixels that gives one to two points.
 */
export async function neighbourProbe(
  given: ProbeParts,
  classes: number,
  counts: readonly number[],
  product: MatrixProduct,
): Promise<ProbeResult> {
  const parts = standardized(given);
  const most = Math.max(...counts);
  const { features, labels } = parts.train;
  const found = new Map<Matrix, ReturnType<typeof nearestNeighbours>>();
  const neighboursOf = (queries: Matrix) => {
    const known = found.get(queries) ?? nearestNeighbours(features, queries, most, product);
    found.set(queries, known);
    return known;
  };
  const ascending = [...counts].sort((a, b) => a - b);
  return chooseOnValidation(
    ascending,
    parts,
    (votes) => async (queries) => weightedVote(await neighboursOf(queries), labels, classes, votes),
  );
}
