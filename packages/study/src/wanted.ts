import { comparisonsOf, isAmong, metricName, askedPaths, sidesOf, stepsOf } from './names.js';
import type { StudyTable } from './schema-tables.js';
import type { StudyConfig } from './schema.js';

type Want = (variant: string, evaluation: string, seeds?: readonly number[]) => void;

/** Names that a path leads through first, the ones in braces included. */
function evaluationsOf(path: string): string[] {
  return [path, ...[...path.matchAll(/\{([^{}]+)\}/g)].map(([, inner]) => inner!)].map(
    (one) => stepsOf(one)[0]!,
  );
}

/** Seeds that two lists allow; undefined allows all. */
function bothOf(first: readonly number[] | undefined, second: readonly number[] | undefined) {
  return first?.filter((seed) => isAmong(seed, second)) ?? second;
}

function wantForTable(table: StudyTable, want: Want): void {
  const { rows, metrics, pictures } = table;
  for (const row of rows) {
    const { variant, seeds } = row;
    for (const metric of metrics) {
      const evaluations = askedPaths(metric, row).flatMap(evaluationsOf);
      evaluations.forEach((name) => want(variant, name, bothOf(seeds, metric.seeds)));
    }
    if (pictures !== undefined) want(variant, pictures, seeds);
  }
  for (const side of comparisonsOf(table).flatMap(sidesOf)) {
    const { path = [], seeds } = metrics.find((metric) => metricName(metric) === side.metric) ?? {};
    path.flatMap(evaluationsOf).forEach((name) => want(side.variant, name, seeds));
  }
}

/**
 * Evaluations that a variant with a seed needs: those its tables measure with, and those that name it. Without
 * tables, all of them.
 */
export function wantedEvaluations(
  study: StudyConfig,
  runName: string,
): (variant: string, seed: number) => string[] {
  const wanted: { variant: string; evaluation: string; seeds: readonly number[] | undefined }[] = [];
  const want: Want = (variant, evaluation, seeds) => {
    if (evaluation !== runName) wanted.push({ variant, evaluation, seeds });
  };
  for (const [name, { variants }] of Object.entries(study.evaluations)) {
    const all = study.tables.length === 0 ? Object.keys(study.variants) : [];
    (variants ?? all).forEach((variant) => want(variant, name));
  }
  study.tables.forEach((table) => wantForTable(table, want));
  return (variant, seed) => [
    ...new Set(
      wanted
        .filter((one) => one.variant === variant && isAmong(seed, one.seeds))
        .map(({ evaluation }) => evaluation),
    ),
  ];
}
