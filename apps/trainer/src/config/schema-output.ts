import { flag, integerFrom, oneOf, optionalSection, positive, positiveInteger, text } from './fields.js';
import { z } from 'zod';

/** The `log` part of a config. */
export const logSection = optionalSection({
  everySteps: positiveInteger('Steps between two lines of metrics.jsonl.').default(10),
  tensorboard: flag('true writes a TensorBoard event file beside metrics.jsonl.').default(true),
});

/** The `checkpoint` part of a config. */
export const checkpointSection = optionalSection({
  everySteps: positiveInteger('Steps between two saves.').default(500),
  keepLast: positiveInteger('How many of the newest checkpoints stay.').default(2),
  keepBest: integerFrom(0, 'How many of the best checkpoints stay besides.').default(1),
});

/** The `evaluation` part of a config: the frozen encoder on examples it has not seen. */
export const evaluationSection = optionalSection({
  enabled: flag('false ends the run without an evaluation.').default(true),
  batchSize: positiveInteger('Pictures encoded at once.').default(64),
  neighbours: z.array(positiveInteger('Neighbours that vote.')).min(1).default([1, 5, 10, 20]),
  ridge: z
    .array(positive('Strengths of the ridge classifier.'))
    .min(1)
    .default([0.001, 0.01, 0.1, 1, 10, 100]),
  labels: oneOf(
    ['classes', 'groups'],
    '"groups" merges the classes into their groups, where the source has any.',
  ).default('classes'),
});

/** The `report` part of a config. */
export const reportSection = optionalSection({
  enabled: flag('false ends the run without report.html.').default(true),
  examples: positiveInteger('Pictures in the gallery.').default(12),
  maskRatio: z.number().gt(0).lt(1).default(0.75),
  title: text('The heading of the report.').optional(),
});
