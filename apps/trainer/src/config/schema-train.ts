import {
  either,
  integer,
  kinds,
  nullable,
  oneOf,
  optional,
  optionalRecord,
  record,
  refined,
  text,
  withDefault,
} from '@m3ae/errors/rules';
import { lengthRules, optimizerKinds, optimizerRules, rateRules } from '@m3ae/optim';
import { augmentRules, hidingRules, lossFaults, lossRules } from '@m3ae/tasks';
import { modelRules } from '@m3ae/transformer';
import { limits } from './limits.js';

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
    accumulate: withDefault(
      integer(
        { min: 1, limit: limits.batch },
        'Micro-batches of one update; it must divide train.batchSize.',
      ),
      1,
    ),
    replicas: withDefault(
      integer(
        { min: 1, limit: limits.threads },
        'Micro-batches computed at a time, each on train.threads threads; it must divide train.accumulate.',
      ),
      1,
    ),
    recompute: hidingRules.recompute,
    steps,
    epochs,
    maskScope: hidingRules.maskScope,
    device: withDefault(oneOf(['cpu', 'webgpu', 'cuda'], 'Use "cpu" unless this machine has a GPU.'), 'cpu'),
    engine: withDefault(
      oneOf(
        ['compiled', 'eager'],
        'Use "compiled"; "eager" runs one operation after the other on the tfjs backend of train.backend.',
      ),
      'compiled',
    ),
    backend: optional(
      oneOf(
        ['tensorflow', 'wasm', 'cpu'],
        'Of engine "eager": "tensorflow" is tfjs-node or tfjs-node-gpu, which you install; "cpu" is plain JavaScript.',
      ),
    ),
    threads: optional(
      integer({ min: 1, limit: limits.threads }, 'Threads of the engine; leave it out for one a core.'),
    ),
    precision: withDefault(
      oneOf(
        ['float32', 'bf16', 'auto'],
        'Of matrix products on a CPU or on CUDA: "bf16" is faster where the processor or card has it, "auto" takes it there.',
      ),
      'float32',
    ),
    kernels: withDefault(
      oneOf(
        ['exact', 'fast'],
        '"exact" changes no bit of what ONNX Runtime gives alone; "fast" differs by rounding.',
      ),
      'exact',
    ),
    maxNonFinite: withDefault(
      integer({ min: 1, limit: limits.steps }, 'Steps in a row without a finite loss that stop the run.'),
      10,
    ),
  }),
);
