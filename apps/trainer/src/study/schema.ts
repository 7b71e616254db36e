import { z } from 'zod';
import { fault, integerFrom, positiveInteger, section, text } from '../config/fields.js';
import { limits } from '../config/limits.js';
import { tableSchema } from './schema-tables.js';

const settings = z.record(
  z.string(),
  z.unknown(),
  fault('a record of settings', 'Write e.g. { "train.steps": 2000 }.'),
);

const seedList = z
  .array(
    integerFrom(0, limits.seed, 'Seeds count from 0.'),
    fault('a list of seeds', 'Write e.g. [0, 1, 2].'),
  )
  .min(1, fault('a list of at least one seed', 'Write e.g. [0, 1, 2].'));

const variantSchema = section({
  label: text('What tables call it; by default its name.').optional(),
  set: settings.default(() => ({})),
  seeds: seedList.optional(),
});

const optionValue = z.union(
  [z.string(), z.number(), z.boolean(), z.array(z.union([z.string(), z.number()]))],
  fault('a word, a number, true, false or a list', 'It becomes --name VALUE.'),
);

const evaluationSchema = section({
  command: text('The command that is run, e.g. "knn"; by default the name.').optional(),
  options: z
    .record(z.string(), optionValue, fault('a record of options', 'Write e.g. { seed: 1 } for --seed 1.'))
    .default(() => ({})),
  variants: z
    .array(text('Name one of variants.'), fault('a list of variants', 'Or leave it out.'))
    .optional(),
});

const quickSchema = section({
  seeds: seedList.default(() => [0]),
  tables: z
    .array(text('Name the id of a table.'), fault('a list of tables', 'Or leave it out for all.'))
    .optional(),
  set: settings.default(() => ({})),
  variants: z
    .record(z.string(), section({ set: settings }), fault('a record', 'Write { name: { set } }.'))
    .default(() => ({})),
});

/** What a study config may hold. Every unknown name is refused. */
export const studySchema = section({
  name: z
    .string(fault('a word', 'It names the folder studies/NAME.'))
    .regex(/^[A-Za-z0-9][\w.-]*$/, fault('a word of letters, digits, -, _ and .', 'It names the folder.'))
    .optional(),
  title: text('The heading of the report.').optional(),
  base: z.union(
    [z.string(), z.record(z.string(), z.unknown())],
    fault('a config file or a config', 'Write e.g. base: "./emoji-tiny.ts".'),
  ),
  set: settings.default(() => ({})),
  seeds: seedList.default(() => [0, 1, 2]),
  jobs: positiveInteger(limits.threads, 'How many parts run at once.').default(1),
  threads: positiveInteger(limits.threads, 'Threads of each part.').default(1),
  variants: z.record(
    z.string().regex(/^[A-Za-z0-9][\w.-]*$/, fault('a word', 'It names files.')),
    variantSchema,
    fault('a record of variants', 'Write e.g. { mae: { set: { method: "mae" } } }.'),
  ),
  evaluations: z
    .record(
      z.string().regex(/^[A-Za-z][\w-]*$/, fault('a word', 'It begins paths of metrics.')),
      evaluationSchema,
      fault('a record of evaluations', 'Write e.g. { probe: {} }.'),
    )
    .default(() => ({})),
  tables: z
    .array(tableSchema, fault('a list of tables', 'Write { id, title, rows, metrics }.'))
    .default(() => []),
  quick: quickSchema.optional(),
});

/** A study config as a person writes it. */
export type StudyInput = z.input<typeof studySchema>;
/** A study config with every default filled in. */
export type StudyConfig = z.output<typeof studySchema>;
/** One command that is run on every trained variant that a table asks about. */
export type StudyEvaluation = StudyConfig['evaluations'][string];
