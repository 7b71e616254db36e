import { z } from 'zod';
import { integer, oneOf, orWord, rule, section, some, text, word } from './rules.js';

/** Seeds that count. */
export const seedList = some(
  integer(0, Number.MAX_SAFE_INTEGER, 'Seeds count from 0.'),
  'a list of at least one seed',
  'Write e.g. [0, 1, 2].',
);

const finite = (remedy: string) => z.number(rule('a number', remedy));
const flag = (remedy: string) => z.boolean(rule('true or false', remedy));

const metricSchema = section({
  id: text('Comparisons name the metric by it; without it, by the title.').optional(),
  title: text('The heading of the column, e.g. "unseen drawing".'),
  group: text('Metrics of one group share their rows, and metrics of one title their column.').optional(),
  path: z.preprocess(
    (value) => (typeof value === 'string' ? [value] : value),
    some(
      text('e.g. "probe.results.features.mean.tests.unseenDrawing.top1.value".'),
      'a path, or a list of paths whose mean is taken',
      'Write e.g. "probe.results.features.mean.tests.unseenDrawing.top1.value".',
    ),
  ),
  unit: z.string(rule('a string', 'Use "%" for a share, "" for a plain number.')).default('%'),
  seeds: seedList.optional(),
});

const part = rule('two strings', 'Write e.g. ["features.mean", "features.pixels"].');

const rowSchema = orWord(
  'variant',
  section({
    variant: text('Name one of variants.'),
    label: text('What the row is called; by default the label of the variant.').optional(),
    series: text('Rows of one series are joined by a line and share a mark.').optional(),
    x: z
      .union([z.number(), z.string()], rule('a number or a word', 'It is the place on the x axis.'))
      .optional(),
    seeds: seedList.optional(),
    baseline: flag('true draws the row as a line to compare with.').default(false),
    replace: z.tuple([z.string(part), z.string(part)], part).optional(),
  }),
);

const sideSchema = orWord(
  'variant',
  section({
    variant: text('Name one of variants.'),
    metric: text('Another metric of the table than that of the comparison.').optional(),
    times: finite('The factor that the value is multiplied with.').default(1),
  }),
);

const comparisonSchema = section({
  better: sideSchema.optional(),
  worse: sideSchema.optional(),
  rising: z.array(text('Name one of variants.'), rule('a list of variants', 'In rising order.')).optional(),
  metric: text('Name a metric of the table by its id or title.'),
  atLeast: finite('In the unit of the value: five points of accuracy are 0.05.').default(0),
});

const paperSchema = section({
  source: text('Figure and version, e.g. "Fig. 3".'),
  unit: z.string(rule('a string', 'Use "%" for per cent.')).default('%'),
  note: text('What was measured.').optional(),
  column: text('In a table of groups: the title of the metric under which the numbers stand.').optional(),
  values: z.record(z.string(), finite('As printed.'), rule('numbers by row label', '{ "MAE": 44.6 }')),
});

const plotSchema = section({
  kind: oneOf(
    ['bars', 'line', 'dots'],
    '"bars" for methods, "line" over an x axis, "dots" for many metrics.',
  ),
  x: text('Title of the x axis, with its unit.').optional(),
  y: text('Title of the y axis, with its unit.').optional(),
  logarithmic: flag('true has a logarithmic x axis.').default(false),
});

const claimSchema = section({
  text: text('What is claimed, in one sentence, decided before running.'),
  compare: some(
    comparisonSchema,
    'a list of comparisons',
    'Write { better, worse, metric, atLeast } or { rising, metric }.',
  ),
  rule: oneOf(['all', 'most'], 'How many of the comparisons the claim needs.').default('all'),
});

/** A table of a study: rows are variants, columns metrics. */
export const tableSchema = section({
  id: word(/^[A-Za-z][\w-]*$/, 'It names files, e.g. "methods".'),
  title: text('The heading of the table.'),
  note: text('What a reader must know besides.').optional(),
  rows: some(rowSchema, 'a list of rows', 'Name the variants to compare.'),
  metrics: z.array(metricSchema, rule('a list of metrics', 'Write { title, path }.')).default(() => []),
  pictures: text('Name an evaluation whose pictures are shown.').optional(),
  claims: z.array(claimSchema, rule('a list of claims', 'Write { text, compare }.')).default(() => []),
  choose: text('Name the metric by which the best row of each series is chosen.').optional(),
  paper: z.array(paperSchema, rule('a list', 'Write { source, values }.')).default(() => []),
  plot: plotSchema.optional(),
});

/** A table with every default filled in. */
export type StudyTable = z.output<typeof tableSchema>;
/** A column of a table. */
export type StudyMetric = z.output<typeof metricSchema>;
/** A row of a table. */
export type StudyRow = z.output<typeof rowSchema>;
/** What a claim rests on. */
export type StudyComparison = z.output<typeof comparisonSchema>;
/** One side of a comparison. */
export type ComparisonSide = z.output<typeof sideSchema>;
/** A claim about a table. */
export type StudyClaim = z.output<typeof claimSchema>;
