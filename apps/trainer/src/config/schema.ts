import { isAbsolute } from 'node:path';
import type { Address } from '@m3ae/datasets';
import {
  type InputOf,
  integer,
  list,
  matching,
  oneOf,
  optional,
  optionalRecord,
  type OutputOf,
  record,
  withDefault,
} from '@m3ae/errors/rules';
import { distributedRules } from '@m3ae/distributed';
import { evaluationRules } from '@m3ae/evaluation/probe';
import { checkpointRules, logRules, reportRules } from '@m3ae/runs';
import { methodNames } from '@m3ae/tasks';
import { dataRule, extraRule } from './schema-data.js';
import { modelRule } from './schema-model.js';
import { imageRule, textRule } from './schema-data.js';
import { augmentRule, initializeRule, lossRule, optimizerRule, trainRule } from './schema-train.js';

/** What a config file may hold. Every default comes from here, or from the package whose option it is; every unknown name is refused. */
export const configRule = record({
  name: optional(
    matching(
      'the name of a folder within runs/',
      (name) =>
        typeof name === 'string' && name !== '' && !isAbsolute(name) && !name.split(/[\\/]/).includes('..'),
      'Name the run, e.g. "emoji-tiny"; it becomes the folder runs/emoji-tiny. Another place is for --out.',
      'missing',
    ),
  ),
  method: withDefault(
    oneOf(
      methodNames,
      '"m3ae" and "clip" learn from pictures with captions, "mae" from pictures alone, "supervised" from labels.',
    ),
    'm3ae',
  ),
  seed: withDefault(integer({ min: 0 }, 'Every random choice of the run follows from it.'), 0),
  initialize: initializeRule,
  data: dataRule,
  image: imageRule,
  text: textRule,
  model: modelRule,
  loss: lossRule,
  augment: augmentRule,
  optimizer: optimizerRule,
  train: trainRule,
  distributed: optionalRecord(record(distributedRules)),
  log: optionalRecord(record(logRules)),
  checkpoint: optionalRecord(record(checkpointRules)),
  evaluation: optionalRecord(
    record({
      ...evaluationRules,
      outliers: withDefault(
        list(extraRule, { rule: 'a list of sources', remedy: 'Write e.g. [{ kind: "idx", images: "…" }].' }),
        [],
      ),
    }),
  ),
  report: optionalRecord(record(reportRules)),
});

type Written = InputOf<typeof configRule>;
type OrAddress<Section, Name extends keyof Section> = Omit<Section, Name> & {
  readonly [Key in Name]: Section[Key] | Address;
};

/** A config as a person writes it: most fields may be left out, and data may be named by an address. */
export type ConfigInput = Omit<Written, 'data'> & { readonly data: OrAddress<Written['data'], 'source'> };

/** A config with every default filled in. */
export type TrainerConfig = OutputOf<typeof configRule>;
