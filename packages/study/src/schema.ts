import {
  anything,
  dictionary,
  either,
  flag,
  integer,
  list,
  number,
  optional,
  type InputOf,
  type OutputOf,
  record,
  text,
  withDefault,
} from '@m3ae/errors/rules';
import { anyText, seedList, tableRule, word } from './schema-tables.js';

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
