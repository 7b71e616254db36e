import {
  type OutlierMethod,
  outlierMethods,
  outlierReport,
  type OutlierReport,
  type OutlierResult,
  outlierScores,
  type OutlierSet,
  runnerProduct,
} from '@m3ae/evaluation';
import { unusable } from '@m3ae/errors';
import { engineOf } from '../run/engine.js';
import type { Progress } from '../run/progress.js';
import { openOutlierSets, type Sources } from '../run/sources.js';
import { featuresOf } from './classify.js';
import { encodeLabelled, makersOf } from './encode-labelled.js';
import { encodeParts } from './encode-parts.js';
import { classifierFor, type LogitsOrigin } from './fit-classifier.js';
import { type LabelledParts, labelledParts } from './labelled-parts.js';
import type { OpenedRun } from './open-run.js';
import type { FeatureName } from './types.js';

/** What {@link measureOutliers} is told. */
export interface OutlierSettings {
  readonly features: FeatureName;
  readonly scores: readonly OutlierMethod[];
  /** Whether the built-in sets are compared with too. */
  readonly builtIn: boolean;
}

/** Results by set of outliers, then by score. */
export type OutlierTable = Readonly<Record<string, Readonly<Record<string, OutlierResult>>>>;

/** Results of `m3ae ood`. */
export interface OutlierResults {
  readonly features: FeatureName;
  readonly scores: readonly OutlierMethod[];
  /** Which neighbour `neighbourDistance` measures to. */
  readonly neighbours: number;
  /** Whose logits `maximumSoftmax` and `energy` read. */
  readonly classifier: LogitsOrigin;
  /** Test parts that are not outliers, all together. */
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
  /** All test parts together against each set. */
  readonly sets: OutlierTable;
  /** Each test part alone against each set. */
  readonly byTest: Readonly<Record<string, OutlierTable>>;
}

/** All rows of some values, one after the other. */
function joined(parts: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

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

/**
 * Says which classes have one training picture: their spread is that of the others.
 *
 * @throws InvalidInput if that is so of all classes, as nothing can then tell a spread.
 */
function refuseLoneClasses({ train: { dataset, indices } }: LabelledParts, progress: Progress): void {
  const names = dataset.classNames!;
  const counts = new Int32Array(names.length);
  indices.forEach((index) => counts[dataset.labels![index]!]!++);
  const lone = names.filter((_, label) => counts[label] === 1);
  if (lone.length === 0) return;
  if (lone.length < counts.filter((count) => count > 0).length) {
    const more = lone.length > 1 ? ` and ${lone.length - 1} more` : '';
    return progress.say(
      `One training picture alone is of class ${lone[0]}${more}: its spread is taken from the others.`,
    );
  }
  throw unusable([
    `Classes must hold more than one training picture for ood; received one of each, e.g. of ${lone[0]}. Gather more pictures.`,
  ]);
}

/**
 * How well a model notices pictures that are not of the kind it was trained on.
 *
 * Higher scores mean more outlying; the sets are those of `openOutlierSets`, the others all test parts.
 *
 * @throws InvalidInput if the pictures have no classes, there is no set of outliers, or one is empty.
 */
export async function measureOutliers(
  run: OpenedRun,
  sources: Sources,
  { features: name, scores, builtIn }: OutlierSettings,
  progress: Progress,
): Promise<OutlierResults> {
  const engine = engineOf(run.config);
  // What is refused is refused before minutes of encoding.
  refuseLoneClasses(labelledParts(sources, run.config), progress);
  const { sets } = await openOutlierSets(run.config, progress, builtIn);
  const parts = await encodeLabelled(run, sources, [name], progress);
  const outside = await encodeParts(run, sets, makersOf([name]), progress);
  progress.part('Outlier scores', 0, 2);
  const { told, logits, dispose } = await classifierFor(run, parts, name);
  const { product, dispose: disposeProduct } = runnerProduct(engine);
  try {
    progress.part('Outlier scores', 1, 2);
    const given: Record<string, OutlierSet> = {};
    for (const part of [...parts.tests, ...outside]) {
      given[part.part.name] = { features: featuresOf(part.features, name), logits: await logits(part) };
    }
    const { train } = parts;
    const classes = train.part.dataset.classNames!.length;
    // 50 as in the paper, but no more than a class has: else the distance is that to other classes.
    const neighbours = Math.min(50, Math.max(1, Math.floor(train.features.labels.length / classes)));
    const found = await outlierScores(given, {
      train: { features: featuresOf(train.features, name), labels: train.features.labels },
      classes,
      neighbours,
      product,
      methods: scores,
    });
    progress.part('Outlier scores', 2, 2);
    const tests = parts.tests.map(({ part }) => part.name);
    const against = (inside: readonly string[]) => {
      const picked = Object.entries(found).map(([score, values]) => [
        score,
        {
          ...Object.fromEntries(sets.map((set) => [set.name, values[set.name]!])),
          inside: joined(inside.map((test) => values[test]!)),
        },
      ]);
      return bySet(outlierReport(Object.fromEntries(picked), 'inside'));
    };
    return {
      features: name,
      scores: outlierMethods.filter((score) => scores.includes(score)),
      neighbours,
      classifier: told,
      inDistribution: parts.tests.map(({ part }) => ({
        key: part.name,
        name: part.title,
        length: part.indices.length,
      })),
      outliers: outside.map(({ part }) => ({
        key: part.name,
        name: part.title,
        note: part.note,
        length: part.indices.length,
      })),
      sets: against(tests),
      byTest: Object.fromEntries(tests.map((test) => [test, against([test])])),
    };
  } finally {
    await Promise.all([dispose(), disposeProduct()]);
  }
}
