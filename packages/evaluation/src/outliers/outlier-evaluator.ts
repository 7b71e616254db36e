import type { Runner } from '@m3ae/compile';
import { faultOf, throwFaults } from '@m3ae/errors';
import type { Accuracy } from '../classification/accuracy.js';
import { linearEngine } from '../probe/linear/linear-engine.js';
import { fitClassifier, linearScores } from '../probe/linear/logistic.js';
import type { Matrix } from '../matrix.js';
import { type OutlierReport, outlierReport, type OutlierResult } from './outlier-report.js';
import { type OutlierMethod, outlierMethods, outlierScores, type OutlierSet } from './outlier-scores.js';
import { runnerProduct } from '../product.js';
import type { FeatureName } from '../probe/classifier-results.js';
import {
  type EncodedSplit,
  type EncodedSplits,
  type Evaluator,
  featuresOf,
  labeledFeatures,
  type OnProgress,
} from '../evaluator.js';

/** Results by set of outliers, then by score. */
export type OutlierTable = Readonly<Record<string, Readonly<Record<string, OutlierResult>>>>;

/** Whose logits are read: the model's own head, or a linear classifier on its features. */
export interface LogitsOrigin {
  readonly kind: 'head' | 'linear';
  readonly l2?: number;
  readonly validation?: Accuracy;
}

/** How well a model notices examples that are not of the kind it was trained on. */
export interface OutlierResults<Name extends string = FeatureName> {
  readonly features: Name;
  readonly scores: readonly OutlierMethod[];
  /** Which neighbor `neighborDistance` measures to. */
  readonly neighbors: number;
  /** Whose logits `maximumSoftmax` and `energy` read. */
  readonly classifier: LogitsOrigin;
  /** Test splits that are not outliers, all together. */
  readonly inDistribution: readonly {
    readonly key: string;
    readonly name: string;
    readonly length: number;
  }[];
  readonly outliers: readonly {
    readonly key: string;
    readonly name: string;
    readonly note: string;
    readonly length: number;
  }[];
  /** All test splits together against each set. */
  readonly sets: OutlierTable;
  /** Each test split alone against each set. */
  readonly byTest: Readonly<Record<string, OutlierTable>>;
}

/** Options of {@link outlierEvaluator}. */
export interface OutlierEvaluatorOptions<Name extends string = FeatureName> {
  /** Kind of features, one of those of every split. */
  readonly features: Name;
  /** Default: all. */
  readonly scores?: readonly OutlierMethod[];
  /** Sets of outliers, one or more; their labels are not read. */
  readonly outside: readonly EncodedSplit[];
  /** Penalties of the linear classifier whose logits are read where the splits have no `logits`. */
  readonly l2: readonly number[];
  readonly runner: Runner;
  /** Told as the logits, and then the scores, are done. */
  readonly onProgress?: OnProgress;
}

/** All rows of some values, one after the other. */
const joined = (parts: readonly Float64Array[]) => Float64Array.from(parts.flatMap((part) => [...part]));

/** From score and set to set and score. */
function bySet(report: OutlierReport): OutlierTable {
  const sets = Object.keys(Object.values(report)[0] ?? {});
  return Object.fromEntries(
    sets.map((set) => [
      set,
      Object.fromEntries(Object.entries(report).map(([score, results]) => [score, results[set]!])),
    ]),
  );
}

/** The logits of each split: of the model's own head, or of a linear classifier on its features. */
async function logitsFor(
  { train, validation, classNames }: EncodedSplits,
  splits: readonly EncodedSplit[],
  { features: name, l2: penalties, runner }: OutlierEvaluatorOptions<string>,
): Promise<{ readonly origin: LogitsOrigin; readonly logits: readonly Matrix[] }> {
  const own = splits.map(({ features }) => features.logits).filter((logits) => logits !== undefined);
  if (own.length === splits.length) return { origin: { kind: 'head' }, logits: own };
  const engine = linearEngine(runner);
  try {
    const [learned, chosenOn] = [labeledFeatures(train, name), labeledFeatures(validation, name)];
    const fitted = await fitClassifier(learned, chosenOn, classNames.length, penalties, engine);
    const logits: Matrix[] = [];
    for (const split of splits) {
      logits.push(await linearScores(fitted.classifier, featuresOf(split, name), engine));
    }
    const { l2, validation: share } = fitted;
    return { origin: { kind: 'linear', l2, validation: share }, logits };
  } finally {
    await engine.dispose();
  }
}

/**
 * How well a model notices examples that are not of the kind it was trained on. Higher scores mean more outlying.
 *
 * @throws InvalidInput if features, labels or sets cannot be used.
 *
 * @example
 * ```ts
 * const outliers = outlierEvaluator({ features: 'mean', outside: [logos], l2: [0.01], runner: createRunner() });
 * outliers.headline(await outliers.run(splits)); // { 'mahalanobis.logos': 0.93, … }
 * ```
 */
export function outlierEvaluator<Name extends string = FeatureName>(
  options: OutlierEvaluatorOptions<Name>,
): Evaluator<OutlierResults<Name>> {
  const { features: name, scores = outlierMethods, outside, runner, onProgress = () => {} } = options;
  return {
    name: 'ood',
    async run(splits) {
      const { train, tests, classNames } = splits;
      const all = [...tests, ...outside];
      const names = ['inside', ...all.map((split) => split.name)]; // the first is that of all tests together
      throwFaults(
        names
          .filter((one, at) => names.indexOf(one) < at)
          .map((one) => faultOf('outside', 'sets whose names no other set has', one, 'Rename it.')),
      );
      onProgress(0, 2);
      const { origin, logits } = await logitsFor(splits, all, options);
      onProgress(1, 2);
      const given = all.map((split, at): [string, OutlierSet] => [
        split.name,
        { features: featuresOf(split, name), logits: logits[at]! },
      ]);
      // 50 as in the paper, but no more than a class has: else the distance is that to other classes.
      const neighbors = Math.min(50, Math.max(1, Math.floor(train.labels.length / classNames.length)));
      const { product, dispose } = runnerProduct(runner);
      const found = await outlierScores(Object.fromEntries(given), {
        train: labeledFeatures(train, name),
        classes: classNames.length,
        neighbors,
        product,
        methods: scores,
      }).finally(dispose);
      onProgress(2, 2);
      const against = (inside: readonly string[]) => {
        const picked = Object.entries(found).map(([score, values]) => [
          score,
          {
            ...Object.fromEntries(outside.map((set) => [set.name, values[set.name]!])),
            inside: joined(inside.map((test) => values[test]!)),
          },
        ]);
        return bySet(outlierReport(Object.fromEntries(picked), 'inside'));
      };
      const keys = tests.map((test) => test.name);
      const told = ({ name: key, title = key, labels }: EncodedSplit) => ({
        key,
        name: title,
        length: labels.length,
      });
      return {
        features: name,
        scores: outlierMethods.filter((score) => scores.includes(score)),
        neighbors,
        classifier: origin,
        inDistribution: tests.map(told),
        outliers: outside.map((set) => ({ ...told(set), note: set.note ?? '' })),
        sets: against(keys),
        byTest: Object.fromEntries(keys.map((test) => [test, against([test])])),
      };
    },
    headline: ({ scores: shown, sets }) =>
      Object.fromEntries(
        shown.flatMap((score) =>
          Object.entries(sets).map(([set, results]) => [`${score}.${set}`, results[score]!.auroc]),
        ),
      ),
  };
}
