import type { ComparisonSide, StudyComparison, StudyMetric, StudyRow, StudyTable } from './schema-tables.js';

interface Titled {
  readonly title: string;
  readonly group?: string;
}

/** A metric's title where the heading of its group does not stand beside it. */
export const fullTitle = ({ group, title }: Titled) => (group === undefined ? title : `${group}, ${title}`);

/** What comparisons call a metric. */
export const metricName = (metric: Titled & { readonly id?: string }) => metric.id ?? fullTitle(metric);

/** Whether a table has a row for each variant in each group of metrics. */
export const isGrid = (metrics: readonly Titled[]) =>
  metrics.length > 0 && metrics.every(({ group }) => group !== undefined);

/** Paths at which a row has a metric: a row with a replacement has only those that it is about, changed. */
export function askedPaths(
  { path }: Pick<StudyMetric, 'path'>,
  { replace }: Pick<StudyRow, 'replace'>,
): readonly string[] {
  if (replace === undefined) return path;
  return path.filter((one) => one.includes(replace[0])).map((one) => one.replace(...replace));
}

/** Whether a seed is among those that were named; all are where none were. */
export const isAmong = (seed: number, seeds: readonly number[] | undefined): boolean =>
  seeds?.includes(seed) ?? true;

/** Every comparison of a table. */
export const comparisonsOf = ({ claims }: StudyTable): StudyComparison[] =>
  claims.flatMap(({ compare }) => compare);

/** Variants of a comparison, each with the metric that is asked of it. */
export function sidesOf({
  better,
  worse,
  rising = [],
  metric,
}: StudyComparison): { readonly variant: string; readonly metric: string }[] {
  const sides = [better, worse].filter((side): side is ComparisonSide => side !== undefined);
  return [
    ...sides.map((side) => ({ variant: side.variant, metric: side.metric ?? metric })),
    ...rising.map((variant) => ({ variant, metric })),
  ];
}

/** Steps of a dotted path; a name in braces, looked up when all is measured, is one step. */
export const stepsOf = (path: string): string[] => path.match(/\{[^{}]*\}|[^.]+/g) ?? [];
