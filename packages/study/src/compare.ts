import { type FiguresOf, measure } from './measure.js';
import { fullTitle, isAmong, metricName } from './names.js';
import type { ComparisonResult, SeedValue } from './results-types.js';
import type { ComparisonSide, StudyComparison, StudyTable } from './schema-tables.js';
import { areApart, summarize } from './statistics.js';
import { judge } from './verdict.js';

/** What a comparison needs to know of its study. */
export interface ComparisonPlace {
  readonly table: StudyTable;
  readonly figures: FiguresOf;
  readonly seedsOf: (variant: string) => readonly number[];
  readonly labelOf: (variant: string) => string;
}

/** One term of the quantity that is judged: `times` the metric of a variant. */
interface Term {
  readonly variant: string;
  readonly metric: string;
  readonly times: number;
}

/** Least-squares slope over the places 0, 1, 2, … as weights of the values there. */
function slopeWeights(count: number): number[] {
  const middle = (count - 1) / 2;
  const squares = Array.from({ length: count }, (_, place) => (place - middle) ** 2);
  const total = squares.reduce((sum, square) => sum + square, 0);
  return Array.from({ length: count }, (_, place) => (place - middle) / total);
}

function termsOf({ better, worse, rising, metric }: StudyComparison): Term[] {
  if (rising !== undefined) {
    const weights = slopeWeights(rising.length);
    return rising.map((variant, place) => ({ variant, metric, times: weights[place]! }));
  }
  const term = (side: ComparisonSide, sign: number) => ({
    variant: side.variant,
    metric: side.metric ?? metric,
    times: sign * side.times,
  });
  return [term(better!, 1), term(worse!, -1)];
}

function textOf(one: StudyComparison, { table, labelOf }: ComparisonPlace): string {
  const metricOf = (name: string) => table.metrics.find((metric) => metricName(metric) === name)!;
  const titleOf = (name: string) => fullTitle(metricOf(name));
  if (one.rising !== undefined) {
    return `rise a step from ${labelOf(one.rising[0]!)} to ${labelOf(one.rising.at(-1)!)}, ${titleOf(one.metric)}`;
  }
  const mixed = [one.better!, one.worse!].some(({ metric }) => metric !== undefined && metric !== one.metric);
  const side = ({ variant, metric = one.metric, times }: ComparisonSide) => {
    const name = mixed ? `${labelOf(variant)}, ${titleOf(metric)}` : labelOf(variant);
    return times === 1 ? name : `${times} × ${name}`;
  };
  const text = `${side(one.better!)} − ${side(one.worse!)}`;
  return mixed ? text : `${text}, ${titleOf(one.metric)}`;
}

function valueOf(term: Term, seed: number, { table, figures }: ComparisonPlace): number | undefined {
  const metric = table.metrics.find((one) => metricName(one) === term.metric)!;
  if (!isAmong(seed, metric.seeds)) return undefined;
  const measured = measure(figures(term.variant, seed), metric.path);
  return measured === undefined ? undefined : term.times * measured.value;
}

/** Whether the t intervals of both sides are apart. */
function sidesApart(terms: readonly Term[], place: ComparisonPlace): boolean {
  const [better, worse] = terms.map((term) => {
    const values = place.seedsOf(term.variant).flatMap((seed) => valueOf(term, seed, place) ?? []);
    return values.length === 0 ? null : summarize(values.map(Math.abs)).interval;
  });
  return areApart(better ?? null, worse ?? null);
}

/** Computes and judges one comparison, pairing equal seeds. */
export function compareVariants(one: StudyComparison, place: ComparisonPlace): ComparisonResult {
  const terms = termsOf(one);
  const common = place
    .seedsOf(terms[0]!.variant)
    .filter((seed) => terms.every(({ variant }) => place.seedsOf(variant).includes(seed)));
  const seeds = common.flatMap((seed): SeedValue[] => {
    const values = terms.map((term) => valueOf(term, seed, place));
    if (!values.every((value) => value !== undefined)) return [];
    return [{ seed, value: values.reduce((total, value) => total + value, 0) }];
  });
  const difference = seeds.length === 0 ? null : summarize(seeds.map(({ value }) => value));
  const { unit } = place.table.metrics.find((metric) => metricName(metric) === one.metric)!;
  return {
    text: textOf(one, place),
    metric: one.metric,
    unit,
    threshold: one.atLeast,
    seeds,
    difference,
    apart: one.rising === undefined ? sidesApart(terms, place) : null,
    ...(difference === null
      ? { verdict: 'cannot be told' as const, level: null }
      : judge(difference, one.atLeast)),
  };
}
