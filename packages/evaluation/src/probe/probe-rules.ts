import { flag, integer, list, number, oneOf, optional, withDefault } from '@m3ae/errors/rules';

const neighbors = integer({ min: 1, limit: 100_000 }, 'Neighbors that vote, e.g. 10.');
/** Far below the limit nothing but the bias is left. */
const l2 = number({ above: 0, limit: 1e12 }, 'A penalty of the linear classifier, e.g. 0.001.');

/** The rules of what `neighborProbe` and `linearProbe` try: of one value, and of the list. */
export const probeRules = {
  neighbors,
  l2,
  counts: list(neighbors, {
    rule: 'a list of numbers of neighbors',
    min: 1,
    remedy: 'Write e.g. [1, 5, 10, 20].',
  }),
  penalties: list(l2, {
    rule: 'a list of penalties',
    min: 1,
    remedy: 'Write e.g. [0.01, 0.001, 0.0001].',
  }),
} as const;

const steps = (remedy: string) => integer({ min: 1, limit: 1e9 }, remedy);
const examples = (remedy: string) => integer({ min: 1, limit: 1e8 }, remedy);

/** Rules of the section `evaluation` of a config: the frozen encoder on examples that it has not seen, after a training and during it. */
export const evaluationRules = {
  enabled: withDefault(flag('false ends the run without an evaluation.'), true),
  batchSize: withDefault(integer({ min: 1, limit: 65_536 }, 'Pictures encoded at once.'), 64),
  lossBatches: withDefault(
    examples('Batches of the validation part whose loss is measured at each checkpoint.'),
    8,
  ),
  maxTrainExamples: withDefault(
    examples('Training pictures that the probes learn from; all, up to so many.'),
    20_000,
  ),
  neighbors: withDefault(probeRules.counts, [1, 5, 10, 20]),
  l2: withDefault(probeRules.penalties, [0.03, 0.01, 0.003, 0.001, 0.0003, 0.0001, 0.00003]),
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
} as const;
