import {
  dictionary,
  either,
  flag,
  integer,
  list,
  matching,
  number,
  oneOf,
  optional,
  type OutputOf,
  record,
  rewritten,
  type Rule,
  text,
  withDefault,
} from '@m3ae/errors/rules';

/** A word that may name a file. */
export const word = (pattern: RegExp, remedy: string) =>
  matching(
    'a word of letters, digits, -, _ and .',
    (value) => typeof value === 'string' && pattern.test(value),
    remedy,
    'word',
  );

/** Seeds that count. */
export const seedList = list(integer({ min: 0, max: Number.MAX_SAFE_INTEGER }, 'Seeds count from 0.'), {
  rule: 'a list of at least one seed',
  min: 1,
  remedy: 'Write e.g. [0, 1, 2].',
});

/** Text, which may be empty. */
export const anyText = matching<string>(
  'a text',
  (value) => typeof value === 'string',
  'Write "" for none.',
  '',
);

/** A record, or the variant that it is about. */
const orVariant = <Output, Input>(fields: Rule<Output, Input>) =>
  rewritten<Output, Input, string>(
    (value) => (typeof value === 'string' ? { variant: value } : value),
    fields,
  );

const variants = (remedy: string) =>
  list(text('Name one of variants.'), { rule: 'a list of variants', remedy });

const metricRule = record({
  id: optional(text('Comparisons name the metric by it; without it, by the title.')),
  title: text('The heading of the column, e.g. "unseen drawing".'),
  group: optional(text('Metrics of one group share their rows, and metrics of one title their column.')),
  path: rewritten<readonly string[], readonly string[], string>(
    (value) => (typeof value === 'string' ? [value] : value),
    list(text('e.g. "probe.results.features.mean.tests.unseenDrawing.top1.value".'), {
      rule: 'a path, or a list of paths whose mean is taken',
      min: 1,
      remedy: 'Write e.g. "probe.results.features.mean.tests.unseenDrawing.top1.value".',
    }),
  ),
  unit: withDefault(anyText, '%'), // a share; "" for a plain number
  seeds: optional(seedList),
});

const rowFields = record({
  variant: text('Name one of variants.'),
  label: optional(text('What the row is called; by default the label of the variant.')),
  series: optional(text('Rows of one series are joined by a line and share a mark.')),
  x: optional(
    either([number({}, ''), anyText], {
      rule: 'a number or a word',
      remedy: 'It is the place on the x axis.',
    }),
  ),
  seeds: optional(seedList),
  baseline: withDefault(flag('true draws the row as a line to compare with.'), false),
  replace: optional(
    matching<readonly [from: string, to: string]>(
      'two strings',
      (value) =>
        Array.isArray(value) && value.length === 2 && value.every((part) => typeof part === 'string'),
      'Write e.g. ["features.mean", "features.pixels"].',
      ['', ''],
    ),
  ),
});
const rowRule = orVariant(rowFields);

const sideFields = record({
  variant: text('Name one of variants.'),
  metric: optional(text('Another metric of the table than that of the comparison.')),
  times: withDefault(number({}, 'The factor that the value is multiplied with.'), 1),
});
const sideRule = orVariant(sideFields);

const comparisonRule = record({
  better: optional(sideRule),
  worse: optional(sideRule),
  rising: optional(variants('In rising order.')),
  metric: text('Name a metric of the table by its id or title.'),
  atLeast: withDefault(number({}, 'In the unit of the value: five points of accuracy are 0.05.'), 0),
});

const paperRule = record({
  source: text('Figure and version, e.g. "Fig. 3".'),
  unit: withDefault(anyText, '%'),
  note: optional(text('What was measured.')),
  column: optional(text('In a table of groups: the title of the metric under which the numbers stand.')),
  values: dictionary(number({}, 'As printed.'), {
    rule: 'numbers by row label',
    remedy: '{ "MAE": 44.6 }',
  }),
});

const plotRule = record({
  kind: oneOf(
    ['bars', 'line', 'dots'],
    '"bars" for methods, "line" over an x axis, "dots" for many metrics.',
  ),
  x: optional(text('Title of the x axis, with its unit.')),
  y: optional(text('Title of the y axis, with its unit.')),
  logarithmic: withDefault(flag('true has a logarithmic x axis.'), false),
});

const claimRule = record({
  text: text('What is claimed, in one sentence, decided before running.'),
  compare: list(comparisonRule, {
    rule: 'a list of comparisons',
    min: 1,
    remedy: 'Write { better, worse, metric, atLeast } or { rising, metric }.',
  }),
  rule: withDefault(oneOf(['all', 'most'], 'How many of the comparisons the claim needs.'), 'all'),
});

/** A table of a study: rows are variants, columns metrics. */
export const tableRule = record({
  id: word(/^[A-Za-z][\w-]*$/, 'It names files, e.g. "methods".'),
  title: text('The heading of the table.'),
  note: optional(text('What a reader must know besides.')),
  rows: list(rowRule, { rule: 'a list of rows', min: 1, remedy: 'Name the variants to compare.' }),
  metrics: withDefault(list(metricRule, { rule: 'a list of metrics', remedy: 'Write { title, path }.' }), []),
  pictures: optional(text('Name an evaluation whose pictures are shown.')),
  claims: withDefault(list(claimRule, { rule: 'a list of claims', remedy: 'Write { text, compare }.' }), []),
  choose: optional(text('Name the metric by which the best row of each series is chosen.')),
  paper: withDefault(list(paperRule, { rule: 'a list', remedy: 'Write { source, values }.' }), []),
  plot: optional(plotRule),
});

/** A table with every default filled in. */
export type StudyTable = OutputOf<typeof tableRule>;
/** A column of a table. */
export type StudyMetric = OutputOf<typeof metricRule>;
/** A row of a table. */
export type StudyRow = OutputOf<typeof rowFields>;
/** What a claim rests on. */
export type StudyComparison = OutputOf<typeof comparisonRule>;
/** One side of a comparison. */
export type ComparisonSide = OutputOf<typeof sideFields>;
/** A claim about a table. */
export type StudyClaim = OutputOf<typeof claimRule>;
