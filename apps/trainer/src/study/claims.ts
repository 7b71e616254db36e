import type { ComparisonSide, StudyComparison, StudyTable } from './schema-tables.js';

/** Every comparison of a table. */
export function comparisonsOf({ claims }: StudyTable): StudyComparison[] {
  return claims.flatMap(({ compare }) => compare);
}

/** Variants of a comparison, each with the metric that is asked of it. */
export function sidesOf({
  better,
  worse,
  rising = [],
  metric,
}: StudyComparison): { readonly variant: string; readonly metric: string }[] {
  const sides = [better, worse].flatMap((side: ComparisonSide | undefined) =>
    side === undefined ? [] : [side],
  );
  return [
    ...sides.map((side) => ({ variant: side.variant, metric: side.metric ?? metric })),
    ...rising.map((variant) => ({ variant, metric })),
  ];
}
