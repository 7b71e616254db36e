import type { StudyPlan } from './plan.js';
import type { JobRecord } from './records.js';
import type { ComparisonResult, SeedValue } from './results-types.js';
import type { ComparisonSide, StudyComparison, StudyTable } from './schema-tables.js';
import { fullTitle, isAmong, labelOf, metricOf, seedsOf, type StudyConfig } from './schema.js';
import { areApart, judge, summarize } from './statistics.js';

/** Figures of one variant with one seed, by evaluation; those of the run by what the experiment calls it. */
export type FiguresOf = (variant: string, seed: number) => Readonly<Record<string, unknown>>;

/** Gathers the figures that are there. */
export function figuresOf({ runs, experiment }: StudyPlan, done: ReadonlyMap<string, JobRecord>): FiguresOf {
  return (variant, seed) => {
    const run = runs.find((one) => one.variant === variant && one.seed === seed);
    if (run === undefined) return {};
    const jobs = Object.entries({ [experiment.name]: run.job, ...run.evaluations });
    return Object.fromEntries(
      jobs.flatMap(([name, { hash }]) => {
        const record = done.get(hash);
        return record === undefined ? [] : [[name, record.figures]];
      }),
    );
  };
}

const isNested = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

/** What lies at a dotted path, or undefined. */
function valueAt(tree: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((place, name) => {
    return isNested(place) && Object.hasOwn(place, name) ? place[name] : undefined;
  }, tree);
}

/** Fills `{probe.results.best}` in a path with the word that lies there. */
function fillPath(figures: unknown, path: string): string | undefined {
  let known = true;
  const filled = path.replace(/\{([^{}]+)\}/g, (_, inner: string) => {
    const word = valueAt(figures, inner);
    if (typeof word !== 'string') known = false;
    return String(word);
  });
  return known ? filled : undefined;
}

/** A measured value, and how many examples stand behind it where the figures tell. */
interface Measured {
  readonly value: number;
  /** Test examples behind a share. */
  readonly examples: number | null;
}

/**
 * The mean of the numbers at some paths.
 *
 * @returns undefined where a number is missing or not finite.
 */
export function measure(figures: unknown, paths: readonly string[]): Measured | undefined {
  const filled = paths.map((path) => fillPath(figures, path));
  const found = filled.map((path) => (path === undefined ? undefined : valueAt(figures, path)));
  const values = found.filter((value) => Number.isFinite(value)).map(Number);
  if (values.length < paths.length) return undefined;
  const value = values.reduce((total, one) => total + one, 0) / values.length;
  const only =
    filled.length === 1 && filled[0]!.endsWith('.value') ? filled[0]!.replace(/value$/, 'count') : '';
  const examples = valueAt(figures, only);
  return { value, examples: typeof examples === 'number' ? examples : null };
}

/** What a comparison needs to know of its study. */
interface ComparisonPlace {
  readonly study: StudyConfig;
  readonly table: StudyTable;
  readonly figures: FiguresOf;
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

function textOf(one: StudyComparison, { study, table }: ComparisonPlace): string {
  const nameOf = (variant: string) => labelOf(study, variant);
  const titleOf = (metric: string) => fullTitle(metricOf(table, metric));
  if (one.rising !== undefined) {
    return `rise a step from ${nameOf(one.rising[0]!)} to ${nameOf(one.rising.at(-1)!)}, ${titleOf(one.metric)}`;
  }
  const mixed = [one.better!, one.worse!].some(({ metric }) => metric !== undefined && metric !== one.metric);
  const side = ({ variant, metric = one.metric, times }: ComparisonSide) => {
    const name = mixed ? `${nameOf(variant)}, ${titleOf(metric)}` : nameOf(variant);
    return times === 1 ? name : `${times} × ${name}`;
  };
  const text = `${side(one.better!)} − ${side(one.worse!)}`;
  return mixed ? text : `${text}, ${titleOf(one.metric)}`;
}

function valueOf(term: Term, seed: number, { table, figures }: ComparisonPlace): number | undefined {
  const { path, seeds } = metricOf(table, term.metric);
  if (!isAmong(seed, seeds)) return undefined;
  const measured = measure(figures(term.variant, seed), path);
  return measured && term.times * measured.value;
}

/** Whether the t intervals of both sides are apart. */
function sidesApart(terms: readonly Term[], place: ComparisonPlace): boolean {
  const [better, worse] = terms.map((term) => {
    const values = seedsOf(place.study, term.variant).flatMap((seed) => valueOf(term, seed, place) ?? []);
    return values.length === 0 ? null : summarize(values.map(Math.abs)).interval;
  });
  return areApart(better ?? null, worse ?? null);
}

/** Computes and judges one comparison, pairing equal seeds. */
export function compareVariants(one: StudyComparison, place: ComparisonPlace): ComparisonResult {
  const terms = termsOf(one);
  const common = seedsOf(place.study, terms[0]!.variant).filter((seed) =>
    terms.every(({ variant }) => seedsOf(place.study, variant).includes(seed)),
  );
  const seeds = common.flatMap((seed): SeedValue[] => {
    const values = terms.map((term) => valueOf(term, seed, place));
    if (!values.every((value) => value !== undefined)) return [];
    return [{ seed, value: values.reduce((total, value) => total + value, 0) }];
  });
  const difference = seeds.length === 0 ? null : summarize(seeds.map(({ value }) => value));
  return {
    text: textOf(one, place),
    metric: one.metric,
    unit: metricOf(place.table, one.metric).unit,
    threshold: one.atLeast,
    seeds,
    difference,
    apart: one.rising === undefined ? sidesApart(terms, place) : null,
    ...(difference === null
      ? { verdict: 'cannot be told' as const, level: null }
      : judge(difference, one.atLeast)),
  };
}
