import {
  flag,
  inInterval,
  integer,
  list,
  number,
  oneOf,
  optional,
  optionalRecord,
  record,
  text,
  withDefault,
} from '@m3ae/errors/rules';
import { probeRules } from '@m3ae/evaluation/probe';
import { extraRule } from './schema-data.js';
import { limits } from './limits.js';

const steps = (remedy: string) => integer({ min: 1, limit: limits.steps }, remedy);
const examples = (remedy: string) => integer({ min: 1, limit: limits.examples }, remedy);

/** The `log` part of a config. */
export const logRule = optionalRecord(
  record({
    everySteps: withDefault(steps('Steps between two lines of metrics.jsonl.'), 10),
    tensorboard: withDefault(flag('true writes a TensorBoard event file beside metrics.jsonl.'), true),
  }),
);

/** The `checkpoint` part of a config. */
export const checkpointRule = optionalRecord(
  record({
    everySteps: withDefault(steps('Steps between two saves.'), 500),
    keepLast: withDefault(steps('How many of the newest checkpoints stay.'), 2),
    keepBest: withDefault(
      integer({ min: 0, limit: limits.steps }, 'How many of the best checkpoints stay besides.'),
      1,
    ),
  }),
);

/** The `distributed` part of a config: what several ranks of a launcher do together; one process alone reads none of it. */
export const distributedRule = optionalRecord(
  record({
    reduction: withDefault(
      oneOf(
        ['fixed', 'fast'],
        '"fixed" adds gradients in one order, so weights do not depend on the number of ranks; "fast" sends fewer bytes.',
      ),
      'fixed',
    ),
    overlap: withDefault(flag('true sends gradients while the next micro-batch is computed.'), true),
    timeout: withDefault(
      number(
        { above: 0, limit: limits.seconds },
        'Seconds after which a rank that keeps the others waiting ends the job.',
      ),
      300,
    ),
  }),
);

/** The `evaluation` part of a config: the frozen encoder on examples it has not seen. */
export const evaluationRule = optionalRecord(
  record({
    enabled: withDefault(flag('false ends the run without an evaluation.'), true),
    batchSize: withDefault(integer({ min: 1, limit: limits.batch }, 'Pictures encoded at once.'), 64),
    lossBatches: withDefault(
      examples('Batches of the validation part whose loss is measured at each checkpoint.'),
      8,
    ),
    maxTrainExamples: withDefault(
      examples('Training pictures that the probes learn from; all, up to so many.'),
      20_000,
    ),
    neighbors: withDefault(probeRules.counts, [1, 5, 10, 20]),
    strengths: withDefault(probeRules.strengths, [0.03, 0.01, 0.003, 0.001, 0.0003, 0.0001, 0.00003]),
    everySteps: optional(
      steps('Steps between two evaluations on the validation part; leave it out for none during training.'),
    ),
    kinds: withDefault(
      list(oneOf(['knn', 'probe'], '"knn" takes seconds, "probe" longer.'), {
        rule: 'a list of "knn" and "probe"',
        min: 1,
        remedy: 'Write e.g. ["knn"].',
      }),
      ['knn'],
    ),
    scheduledExamples: withDefault(
      examples('Training pictures that evaluations during training learn from.'),
      2000,
    ),
    outliers: withDefault(
      list(extraRule, { rule: 'a list of sources', remedy: 'Write e.g. [{ kind: "idx", images: "…" }].' }),
      [],
    ),
  }),
);

/** The `report` part of a config. */
export const reportRule = optionalRecord(
  record({
    enabled: withDefault(flag('false ends the run without report.html.'), true),
    examples: withDefault(integer({ min: 1, limit: limits.reportPictures }, 'Pictures in the gallery.'), 12),
    maskRatio: withDefault(
      inInterval('[0, 1)', 'The share of each picture hidden in the gallery; 0.75.'),
      0.75,
    ),
    textMaskRatio: withDefault(inInterval('[0, 1)', 'The share of each caption hidden in the gallery.'), 0.5),
    title: optional(text('The heading of the report.')),
  }),
);
