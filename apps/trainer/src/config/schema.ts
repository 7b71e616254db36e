import type { Address } from '@m3ae/datasets';
import { z } from 'zod';
import { dataSection } from './schema-data.js';
import { imageSection, textSection } from './schema-inputs.js';
import { modelSection } from './schema-model.js';
import {
  checkpointSection,
  distributedSection,
  evaluationSection,
  logSection,
  reportSection,
} from './schema-output.js';
import {
  augmentSection,
  initializeSection,
  lossSection,
  optimizerSection,
  trainSection,
} from './schema-train.js';
import { limits } from './limits.js';
import { integerFrom, oneOf, section, text } from './fields.js';

/** What a config file may hold. Every default comes from here; every unknown name is refused. */
export const configSchema = section({
  name: text('Name the run, e.g. "emoji-tiny"; it becomes the folder runs/emoji-tiny.').optional(),
  method: oneOf(
    ['m3ae', 'mae', 'clip', 'supervised'],
    '"m3ae" and "clip" learn from pictures with captions, "mae" from pictures alone, "supervised" from labels.',
  ).default('m3ae'),
  seed: integerFrom(0, limits.seed, 'Every random choice of the run follows from it.').default(0),
  initialize: initializeSection,
  data: dataSection,
  image: imageSection,
  text: textSection,
  model: modelSection,
  loss: lossSection,
  augment: augmentSection,
  optimizer: optimizerSection,
  train: trainSection,
  distributed: distributedSection,
  log: logSection,
  checkpoint: checkpointSection,
  evaluation: evaluationSection,
  report: reportSection,
});

type Written = z.input<typeof configSchema>;
type OrAddress<Section, Name extends keyof Section> = Omit<Section, Name> & {
  readonly [Key in Name]: Section[Key] | Address;
};

/** A config as a person writes it: most fields may be left out, and data may be named by an address. */
export type ConfigInput = Omit<Written, 'data'> & { readonly data: OrAddress<Written['data'], 'source'> };

/** A config with every default filled in. */
export type TrainerConfig = z.output<typeof configSchema>;
