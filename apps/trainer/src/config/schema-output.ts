import { extraSchema } from './schema-data.js';
import {
  fault,
  flag,
  integerFrom,
  numberBelow,
  oneOf,
  optionalSection,
  positive,
  positiveInteger,
  text,
} from './fields.js';
import { limits } from './limits.js';
import { z } from 'zod';

/** The `log` part of a config. */
export const logSection = optionalSection({
  everySteps: positiveInteger(limits.steps, 'Steps between two lines of metrics.jsonl.').default(10),
  tensorboard: flag('true writes a TensorBoard event file beside metrics.jsonl.').default(true),
});

/** The `checkpoint` part of a config. */
export const checkpointSection = optionalSection({
  everySteps: positiveInteger(limits.steps, 'Steps between two saves.').default(500),
  keepLast: positiveInteger(limits.steps, 'How many of the newest checkpoints stay.').default(2),
  keepBest: integerFrom(0, limits.steps, 'How many of the best checkpoints stay besides.').default(1),
});

/** The `distributed` part of a config: what several ranks of a launcher do together; one process alone reads none of it. */
export const distributedSection = optionalSection({
  reduction: oneOf(
    ['fixed', 'fast'],
    '"fixed" adds gradients in one order, so weights do not depend on the number of ranks; "fast" sends fewer bytes.',
  ).default('fixed'),
  overlap: flag('true sends gradients while the next micro-batch is computed.').default(true),
  timeout: positive(
    limits.seconds,
    'Seconds after which a rank that keeps the others waiting ends the job.',
  ).default(300),
});

/** The `evaluation` part of a config: the frozen encoder on examples it has not seen. */
export const evaluationSection = optionalSection({
  enabled: flag('false ends the run without an evaluation.').default(true),
  batchSize: positiveInteger(limits.batch, 'Pictures encoded at once.').default(64),
  lossBatches: positiveInteger(
    limits.examples,
    'Batches of the validation part whose loss is measured at each checkpoint.',
  ).default(8),
  maxTrainExamples: positiveInteger(
    limits.examples,
    'Training pictures that the probes learn from; all, up to so many.',
  ).default(20_000),
  neighbors: z
    .array(positiveInteger(limits.neighbors, 'Neighbors that vote.'))
    .min(1)
    .default([1, 5, 10, 20]),
  strengths: z
    .array(positive(limits.penalty, 'Penalties of the linear classifier.'))
    .min(1)
    .default([0.03, 0.01, 0.003, 0.001, 0.0003, 0.0001, 0.00003]),
  everySteps: positiveInteger(
    limits.steps,
    'Steps between two evaluations on the validation part; leave it out for none during training.',
  ).optional(),
  kinds: z
    .array(oneOf(['knn', 'probe'], '"knn" takes seconds, "probe" longer.'))
    .min(1)
    .default(['knn']),
  scheduledExamples: positiveInteger(
    limits.examples,
    'Training pictures that evaluations during training learn from.',
  ).default(2000),
  outliers: z
    .array(extraSchema, fault('a list of sources', 'Write e.g. [{ kind: "idx", images: "…" }].'))
    .default([]),
});

/** The `report` part of a config. */
export const reportSection = optionalSection({
  enabled: flag('false ends the run without report.html.').default(true),
  examples: positiveInteger(limits.reportPictures, 'Pictures in the gallery.').default(12),
  maskRatio: numberBelow(0, 1, 'The share of each picture hidden in the gallery; 0.75.').default(0.75),
  textMaskRatio: numberBelow(0, 1, 'The share of each caption hidden in the gallery.').default(0.5),
  title: text('The heading of the report.').optional(),
});
