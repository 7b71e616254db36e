import { z } from 'zod';
import { integer, rule, section, text, word } from './rules.js';
import { seedList, tableSchema } from './schema-tables.js';

const settings = z.record(
  z.string(),
  z.unknown(),
  rule('a record of settings', 'Write e.g. { "train.steps": 2000 }.'),
);

const variantSchema = section({
  label: text('What tables call it; by default its name.').optional(),
  set: settings.default(() => ({})),
  seeds: seedList.optional(),
});

const optionValue = z.union(
  [z.string(), z.number(), z.boolean(), z.array(z.union([z.string(), z.number()]))],
  rule('a word, a number, true, false or a list', 'It becomes --name VALUE.'),
);

const evaluationSchema = section({
  command: text('The command that is run, e.g. "knn"; by default the name.').optional(),
  options: z
    .record(z.string(), optionValue, rule('a record of options', 'Write e.g. { seed: 1 } for --seed 1.'))
    .default(() => ({})),
  variants: z.array(text('Name one of variants.'), rule('a list of variants', 'Or leave it out.')).optional(),
});

const quickSchema = section({
  seeds: seedList.default(() => [0]),
  tables: z
    .array(text('Name the id of a table.'), rule('a list of tables', 'Or leave it out for all.'))
    .optional(),
  set: settings.default(() => ({})),
  variants: z
    .record(z.string(), section({ set: settings }), rule('a record', 'Write { name: { set } }.'))
    .default(() => ({})),
});

/** What a study may hold. Every unknown name is refused. */
export const studySchema = section({
  name: word(/^[A-Za-z0-9][\w.-]*$/, 'It names the folder.').optional(),
  title: text('The heading of the report.').optional(),
  base: z.unknown().optional(),
  set: settings.default(() => ({})),
  seeds: seedList.default(() => [0, 1, 2]),
  jobs: integer(1, 1024, 'How many jobs run at once.').default(1),
  threads: integer(1, 1024, 'Threads of each job.').default(1),
  variants: z.record(
    word(/^[A-Za-z0-9][\w.-]*$/, 'It names files.'),
    variantSchema,
    rule('a record of variants', 'Write e.g. { mae: { set: { method: "mae" } } }.'),
  ),
  evaluations: z
    .record(
      word(/^[A-Za-z][\w-]*$/, 'It begins paths of metrics.'),
      evaluationSchema,
      rule('a record of evaluations', 'Write e.g. { probe: {} }.'),
    )
    .default(() => ({})),
  tables: z
    .array(tableSchema, rule('a list of tables', 'Write { id, title, rows, metrics }.'))
    .default(() => []),
  quick: quickSchema.optional(),
});

/** A study config as a person writes it. */
export type StudyInput = z.input<typeof studySchema>;
/** A study config with every default filled in. */
export type StudyConfig = z.output<typeof studySchema>;
/** One command that is run on every trained variant that a table asks about. */
export type StudyEvaluation = StudyConfig['evaluations'][string];
