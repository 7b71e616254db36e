import { faultOf, invalidField, isInInterval, nearestHint, throwFaults } from '@m3ae/errors';
import { featureFaults, type LabeledFeatures, labelFaults } from '../check.js';
import type { Matrix, MatrixProduct } from '../matrix.js';
import { fitGaussians, type GaussianOptions } from './gaussians.js';
import { mahalanobis, neighborDistance, relativeMahalanobis } from './distances.js';

const fromLogits = ['maximumSoftmax', 'energy'] as const;
const fromFeatures = ['mahalanobis', 'relativeMahalanobis', 'neighborDistance'] as const;

/** Names of the scores, in the order in which reports show them. */
export const outlierMethods = [...fromLogits, ...fromFeatures] as const;

/** One of {@link outlierMethods}. */
export type OutlierMethod = (typeof outlierMethods)[number];

/** What a model says of a set of examples. */
export interface OutlierSet {
  /** [rows, columns] */
  readonly features: Matrix;
  /** Of a classifier on the model, if there is one: [rows, classes]. */
  readonly logits?: Matrix;
}

/** Options of {@link outlierScores}. */
export interface OutlierScoreOptions extends GaussianOptions {
  /** The training split of the distribution. */
  readonly train: LabeledFeatures;
  readonly classes: number;
  readonly product: MatrixProduct;
  /** Default: all, without those from logits where a set has none. */
  readonly methods?: readonly OutlierMethod[];
  /** Of {@link energy}. Default 1. */
  readonly temperature?: number;
  /** Of {@link neighborDistance}. Default 50, or all rows of `train` if it has fewer. */
  readonly neighbors?: number;
}

/** Scores of each set by method and by the name of the set; higher means more outlying. */
export type OutlierScores = Readonly<Record<string, Readonly<Record<string, Float64Array>>>>;

function chooseMethods(
  sets: Readonly<Record<string, OutlierSet>>,
  methods: readonly OutlierMethod[] | undefined,
): readonly OutlierMethod[] {
  const bare = Object.keys(sets).find((name) => sets[name]!.logits === undefined);
  if (methods === undefined) return bare === undefined ? outlierMethods : fromFeatures;
  const known: readonly string[] = outlierMethods;
  throwFaults(
    methods.flatMap((name) => {
      if (!known.includes(name)) {
        const rule = `one of ${known.join(', ')}`;
        return [faultOf('methods', rule, name, nearestHint(String(name), known))];
      }
      if (bare === undefined || (fromFeatures as readonly string[]).includes(name)) return [];
      const remedy = 'Pass the logits of a classifier, or leave the method out.';
      return [faultOf(`${bare}.logits`, `given for ${name}`, 'none', remedy)];
    }),
  );
  return methods;
}

/**
 * Every score of every set, for {@link outlierReport}.
 *
 * @param sets - By name: those of the distribution and those outside of it alike.
 * @returns Scores by method, then by set; higher means more outlying.
 * @throws InvalidInput if a method is unknown or its input is missing, and under the conditions of each score.
 *
 * @example
 * ```ts
 * const scores = await outlierScores({ unseen: { features }, logos: { features: logos } }, { train, classes: 100, product });
 * const report = outlierReport(scores, 'unseen'); // report.mahalanobis.logos.auroc
 * ```
 */
export async function outlierScores(
  sets: Readonly<Record<string, OutlierSet>>,
  options: OutlierScoreOptions,
): Promise<OutlierScores> {
  const { train, classes, product, temperature = 1, ridge } = options;
  throwFaults(labelFaults('train.labels', train.labels, { rows: train.features.rows, classes }));
  const methods = chooseMethods(sets, options.methods);
  const neighbors = options.neighbors ?? Math.min(50, train.features.rows);
  const gaussians = methods.some((name) => name === 'mahalanobis' || name === 'relativeMahalanobis')
    ? fitGaussians(train.features, train.labels, classes, { ridge })
    : undefined;
  const score: Record<OutlierMethod, (set: OutlierSet) => Float64Array | Promise<Float64Array>> = {
    maximumSoftmax: ({ logits }) => maximumSoftmax(logits!),
    energy: ({ logits }) => energy(logits!, temperature),
    mahalanobis: ({ features }) => mahalanobis(gaussians!, features),
    relativeMahalanobis: ({ features }) => relativeMahalanobis(gaussians!, features),
    neighborDistance: ({ features }) => neighborDistance(train.features, features, neighbors, product),
  };
  const result: Record<string, Record<string, Float64Array>> = {};
  for (const method of methods) {
    const bySet: Record<string, Float64Array> = {};
    for (const [name, set] of Object.entries(sets)) bySet[name] = await score[method](set);
    result[method] = bySet;
  }
  return result;
}

/** Refuses what are no logits of a classifier. */
function checkLogits(logits: Matrix): void {
  throwFaults([
    ...featureFaults('logits', logits),
    logits.columns === 1 && faultOf('logits', 'of two classes or more', 1, 'Pass a column for each class.'),
  ]);
}

/** The place and value of the largest logit of a row, and `sum exp((logit - largest) / temperature)` of the others. */
function softmaxParts({ columns, data }: Matrix, row: number, temperature: number) {
  const start = row * columns;
  let best = start;
  for (let at = start + 1; at < start + columns; at++) if (data[at]! > data[best]!) best = at;
  let others = 0;
  for (let at = start; at < start + columns; at++) {
    if (at !== best) others += Math.exp((data[at]! - data[best]!) / temperature);
  }
  return { largest: data[best]!, others };
}

/**
 * One minus the largest softmax probability of each row.
 *
 * It is computed as what the other classes have together, so that very sure answers are told apart where
 * `1 - probability` would round to 0.
 *
 * @param logits - [rows, classes]
 * @returns Higher means more outlying, in [0, 1): [rows].
 * @throws InvalidInput if `logits` is empty, has one column, or holds NaN or Infinity.
 *
 * @see Hendrycks, Gimpel, A Baseline for Detecting Misclassified and Out-of-Distribution Examples in Neural Networks,
 * https://arxiv.org/abs/1610.02136
 */
export function maximumSoftmax(logits: Matrix): Float64Array {
  checkLogits(logits);
  return Float64Array.from({ length: logits.rows }, (_, row) => {
    const { others } = softmaxParts(logits, row, 1);
    return others / (1 + others);
  });
}

/**
 * Energy of each row: `-T log sum exp(logit / T)`.
 *
 * @param logits - [rows, classes]
 * @param temperature - T, above 0. Default 1.
 * @returns Higher means more outlying: [rows].
 * @throws InvalidInput if `temperature` is not above 0, and under the conditions of {@link maximumSoftmax}.
 *
 * @see Liu et al., Energy-based Out-of-distribution Detection, https://arxiv.org/abs/2010.03759
 */
export function energy(logits: Matrix, temperature = 1): Float64Array {
  checkLogits(logits);
  if (!isInInterval(temperature, '(0, Infinity)')) {
    throw invalidField('temperature', 'a number above 0', temperature, 'Leave it out for 1.');
  }
  return Float64Array.from({ length: logits.rows }, (_, row) => {
    const { largest, others } = softmaxParts(logits, row, temperature);
    return -largest - temperature * Math.log1p(others);
  });
}
