import { engineRules } from '@m3ae/compile';
import {
  either,
  kinds,
  nullable,
  optional,
  optionalRecord,
  record,
  refined,
  text,
  withDefault,
} from '@m3ae/errors/rules';
import { lengthRules, optimizerKinds, optimizerRules, rateRules } from '@m3ae/optim';
import { trainRules } from '@m3ae/runs';
import { augmentRules, hidingRules, lossFaults, lossRules } from '@m3ae/tasks';
import { modelRules } from '@m3ae/transformer';

/** The `initialize` part of a config: where the first weights come from: a run's encoder, or all that fits of others' weights. */
export const initializeRule = withDefault(
  nullable(
    either(
      [
        record({ run: text('Name a run folder, or one checkpoint folder in it, e.g. "runs/emoji-tiny".') }),
        record({
          weights: text('Name a file or folder of weights, e.g. "m3ae_base.pkl".'),
          heads: optional(modelRules.heads),
          decoderHeads: optional(modelRules.decoderHeads),
        }),
      ],
      {
        rule: '{ run } or { weights }',
        remedy: 'Write e.g. { run: "runs/emoji-tiny" } or { weights: "m3ae_base.pkl" }.',
      },
    ),
  ),
  null,
);

/** The `augment` part of a config: what is done to pictures and labels of a batch; for method "supervised" alone. */
export const augmentRule = optionalRecord(record(augmentRules));

/** The `loss` part of a config; a contrast and a classifier's cross-entropy have no parts to weigh. */
export const lossRule = optionalRecord(
  refined(
    record({ ...lossRules, textWeight: withDefault(lossRules.textWeight, 0.5) }), // of the paper; the reference's code has 0.1
    ['imageWeight', 'textWeight', 'unpairedTextWeight'],
    lossFaults,
  ),
);

const { batchSize, scheduleSteps, steps, epochs, warmup } = lengthRules;
const { batchSize: _batchSize, ...rates } = rateRules;

/** What all optimizers of a config have. */
const schedule = {
  ...rates,
  peakLearningRate: withDefault(rates.peakLearningRate, 1.5e-4),
  warmup: withDefault(warmup, { share: 0.05 }),
  scheduleSteps,
  decay: hidingRules.decay,
};

/** The `optimizer` part of a config. */
export const optimizerRule = optionalRecord(
  kinds(
    'kind',
    {
      adamW: record({ ...optimizerRules.adamW, ...schedule }),
      sgd: record({ ...optimizerRules.sgd, ...schedule }),
      lars: record({ ...optimizerRules.lars, ...schedule }),
    },
    optimizerKinds,
  ),
);

/** The `train` part of a config: how long, how many at once, on what. */
export const trainRule = optionalRecord(
  record({
    batchSize: withDefault(batchSize, 64),
    accumulate: trainRules.accumulate,
    replicas: trainRules.replicas,
    recompute: hidingRules.recompute,
    steps,
    epochs,
    maskScope: hidingRules.maskScope,
    device: engineRules.device,
    engine: trainRules.engine,
    backend: trainRules.backend,
    threads: engineRules.threads,
    precision: engineRules.precision,
    kernels: engineRules.kernels,
    maxNonFinite: trainRules.maxNonFinite,
  }),
);
