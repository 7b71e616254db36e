import {
  anything,
  dictionary,
  either,
  flag,
  type InputOf,
  integer,
  list,
  number,
  optional,
  type OutputOf,
  record,
  text,
  withDefault,
} from '@m3ae/errors/rules';
import {
  anyText,
  type ComparisonSide,
  seedList,
  type StudyComparison,
  type StudyMetric,
  type StudyRow,
  type StudyTable,
  tableRule,
  word,
} from './schema-tables.js';

const settings = dictionary(anything, {
  rule: 'a record of settings',
  remedy: 'Write e.g. { "train.steps": 2000 }.',
});

const variantRule = record({
  label: optional(text('What tables call it; by default its name.')),
  set: withDefault(settings, {}),
  seeds: optional(seedList),
});

const listed = either([anyText, number({}, '')], {
  rule: 'a word or a number',
  remedy: 'Write e.g. ["mean", 5].',
});

const optionValue = either(
  [anyText, number({}, ''), flag(''), list(listed, { rule: 'a list', remedy: '' })],
  { rule: 'a word, a number, true, false or a list', remedy: 'It becomes --name VALUE.' },
);

const evaluationRule = record({
  command: optional(text('The command that is run, e.g. "knn"; by default the name.')),
  options: withDefault(
    dictionary(optionValue, { rule: 'a record of options', remedy: 'Write e.g. { seed: 1 } for --seed 1.' }),
    {},
  ),
  variants: optional(
    list(text('Name one of variants.'), { rule: 'a list of variants', remedy: 'Or leave it out.' }),
  ),
});

const quickRule = record({
  seeds: withDefault(seedList, [0]),
  tables: optional(
    list(text('Name the id of a table.'), { rule: 'a list of tables', remedy: 'Or leave it out for all.' }),
  ),
  set: withDefault(settings, {}),
  variants: withDefault(
    dictionary(record({ set: settings }), { rule: 'a record', remedy: 'Write { name: { set } }.' }),
    {},
  ),
});

const fileWord = /^[A-Za-z0-9][\w.-]*$/;

/** What a study may hold. Every unknown name is refused. */
export const studyRule = record({
  name: optional(word(fileWord, 'It names the folder.')),
  title: optional(text('The heading of the report.')),
  base: anything,
  set: withDefault(settings, {}),
  seeds: withDefault(seedList, [0, 1, 2]),
  jobs: withDefault(integer({ min: 1, max: 1024 }, 'How many jobs run at once.'), 1),
  threads: withDefault(integer({ min: 1, max: 1024 }, 'Threads of each job.'), 1),
  variants: dictionary(variantRule, {
    names: word(fileWord, 'It names files.'),
    rule: 'a record of variants',
    remedy: 'Write e.g. { mae: { set: { method: "mae" } } }.',
  }),
  evaluations: withDefault(
    dictionary(evaluationRule, {
      names: word(/^[A-Za-z][\w-]*$/, 'It begins paths of metrics.'),
      rule: 'a record of evaluations',
      remedy: 'Write e.g. { probe: {} }.',
    }),
    {},
  ),
  tables: withDefault(
    list(tableRule, { rule: 'a list of tables', remedy: 'Write { id, title, rows, metrics }.' }),
    [],
  ),
  quick: optional(quickRule),
});

/** A study config as a person writes it. */
export type StudyInput = InputOf<typeof studyRule>;
/** A study config with every default filled in. */
export type StudyConfig = OutputOf<typeof studyRule>;
/** One command that is run on every trained variant that a table asks about. */
export type StudyEvaluation = StudyConfig['evaluations'][string];

interface Titled {
  readonly title: string;
  readonly group?: string;
}

/** A metric's title where the heading of its group does not stand beside it. */
export const fullTitle = ({ group, title }: Titled) => (group === undefined ? title : `${group}, ${title}`);

/** What comparisons call a metric. */
export const metricName = (metric: Titled & { readonly id?: string }) => metric.id ?? fullTitle(metric);

/** The metric of a table that its comparisons call by a name. */
export const metricOf = ({ metrics }: StudyTable, name: string): StudyMetric =>
  metrics.find((metric) => metricName(metric) === name)!;

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

/** The seeds of a variant. */
export const seedsOf = ({ variants, seeds }: StudyConfig, variant: string) =>
  variants[variant]!.seeds ?? seeds;

/** What tables call a variant. */
export const labelOf = ({ variants }: StudyConfig, variant: string) => variants[variant]?.label ?? variant;

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
