import { z } from 'zod';
import { maskScope } from './schema-inputs.js';
import {
  fault,
  flag,
  integerFrom,
  nonNegative,
  numberBelow,
  numberWithin,
  oneOf,
  optionalSection,
  positive,
  positiveInteger,
  section,
  text,
} from './fields.js';
import { limits } from './limits.js';

/** The `initialize` part of a config: where the first weights come from: a run's encoder, or all that fits of others' weights. */
export const initializeSection = z
  .union(
    [
      section({ run: text('Name a run folder, or one checkpoint folder in it, e.g. "runs/emoji-tiny".') }),
      section({
        weights: text('Name a file or folder of weights, e.g. "m3ae_base.pkl".'),
        heads: positiveInteger(limits.heads, 'Its attention heads, where no file says them.').optional(),
        decoderHeads: positiveInteger(limits.heads, 'Those of its decoder.').optional(),
      }),
    ],
    fault('{ run } or { weights }', 'Write e.g. { run: "runs/emoji-tiny" } or { weights: "m3ae_base.pkl" }.'),
  )
  .nullable()
  .default(null);

/** The `augment` part of a config: what is done to pictures and labels of a batch; for method "supervised" alone. */
export const augmentSection = optionalSection({
  mixup: nonNegative(limits.beta, 'Its Beta parameter; 0.8 in the reference, 0 for none.').default(0),
  cutmix: nonNegative(limits.beta, 'Its Beta parameter; 1 in the reference, 0 for none.').default(0),
  switchProbability: numberWithin(
    0,
    1,
    'The chance of CutMix where both are on; write one half as 0.5.',
  ).default(0.5),
  labelSmoothing: numberBelow(0, 1, 'Write a tenth as 0.1, as in the reference.').default(0),
});

/** The `loss` part of a config; a contrast and a classifier's cross-entropy have no parts to weigh. */
export const lossSection = optionalSection({
  imageWeight: nonNegative(limits.weight, 'Use 1 for the weight of the reference.').default(1),
  textWeight: nonNegative(limits.weight, 'Use 0.5 for the weight of the paper.').default(0.5),
  unpairedTextWeight: nonNegative(limits.weight, 'It counts only where data.unpairedText is set.').default(0),
  normalizeTargets: flag('true compares with each patch normalised by itself.').default(false),
  imageAllTokens: flag('true counts visible patches too.').default(false),
  textAllTokens: flag('true counts visible word pieces too.').default(false),
});

/** The `optimizer` part of a config. */
export const optimizerSection = optionalSection({
  kind: oneOf(['adamW', 'sgd', 'lars'], 'The paper pre-trains with "adamW".').default('adamW'),
  peakLearningRate: positive(limits.rate, 'Use 1.5e-4 for the rate of the paper.').default(1.5e-4),
  initialLearningRate: nonNegative(limits.rate, 'The rate of the first update, e.g. 0.').default(0),
  endLearningRate: nonNegative(limits.rate, 'The rate of the last update, e.g. 0.').default(0),
  learningRatePer: oneOf(
    ['256 examples', 'batch'],
    '"256 examples" multiplies the rates by batch / 256, as the reference does.',
  ).default('256 examples'),
  warmup: z
    .union(
      [
        section({ steps: integerFrom(0, limits.steps, 'Steps of linear rise.') }),
        section({ epochs: nonNegative(limits.epochs, 'Epochs of linear rise.') }),
        section({ share: numberWithin(0, 1, 'Share of all steps.') }),
      ],
      fault('{ steps }, { epochs } or { share }', 'Write e.g. { share: 0.1 } for a tenth of all steps.'),
    )
    .default({ share: 0.05 }),
  scheduleSteps: positiveInteger(
    limits.steps,
    'Updates over which the rate falls to endLearningRate; leave it out for the length of the run.',
  ).optional(),
  b1: numberBelow(0, 1, 'Use 0.9.').default(0.9),
  b2: numberBelow(0, 1, 'Use 0.95, as the paper does.').default(0.95),
  epsilon: positive(1, 'Use 1e-8.').default(1e-8),
  momentum: numberBelow(0, 1, 'Of "sgd" and "lars"; use 0.9.').default(0.9),
  weightDecay: nonNegative(limits.rate, 'Use 0.05, as the paper does.').default(0.05),
  decay: oneOf(
    ['reference', 'exempt1d', 'facebook'],
    '"reference" is the rule of the method; "exempt1d" spares LayerNorm scales; "facebook" decays tokens too.',
  ).default('reference'),
  layerDecay: z
    .number(fault('in (0, 1]', 'The rate of a block over that of the next, e.g. 0.75; 1 for one rate.'))
    .gt(0, fault('in (0, 1]', 'The rate of a block over that of the next, e.g. 0.75; 1 for one rate.'))
    .max(1, fault('in (0, 1]', 'The rate of a block over that of the next, e.g. 0.75; 1 for one rate.'))
    .default(1),
  layers: oneOf(
    ['standard', 'reference'],
    '"standard" gives embeddings the lowest rate; "reference" is the map of the reference, which does not.',
  ).default('standard'),
  clipNorm: positive(limits.norm, 'The largest global norm of a gradient, or null for none.')
    .nullable()
    .default(null),
});

/** The `train` part of a config: how long, how many at once, on what. */
export const trainSection = optionalSection({
  batchSize: positiveInteger(limits.batch, 'Examples of one update, e.g. 64.').default(64),
  accumulate: positiveInteger(
    limits.batch,
    'Micro-batches of one update; it must divide train.batchSize.',
  ).default(1),
  replicas: positiveInteger(
    limits.threads,
    'Micro-batches computed at a time, each on train.threads threads; it must divide train.accumulate.',
  ).default(1),
  recompute: oneOf(['none', 'blocks'], '"blocks" takes less memory and more time.').default('none'),
  steps: positiveInteger(limits.steps, 'Updates in all; or give train.epochs.').optional(),
  epochs: positive(limits.epochs, 'Passes over the training part; or give train.steps.').optional(),
  maskScope,
  device: oneOf(['cpu', 'webgpu', 'cuda'], 'Use "cpu" unless this machine has a GPU.').default('cpu'),
  engine: oneOf(
    ['compiled', 'eager'],
    'Use "compiled"; "eager" runs one operation after the other on the tfjs backend of train.backend.',
  ).default('compiled'),
  backend: oneOf(
    ['tensorflow', 'wasm', 'cpu'],
    'Of engine "eager": "tensorflow" is tfjs-node or tfjs-node-gpu, which you install; "cpu" is plain JavaScript.',
  ).optional(),
  threads: positiveInteger(limits.threads, 'Threads of the engine; leave it out for one a core.').optional(),
  precision: oneOf(
    ['float32', 'bf16', 'auto'],
    'Of matrix products on a CPU: "bf16" is faster where the processor has it, "auto" takes it there.',
  ).default('float32'),
  kernels: oneOf(
    ['exact', 'fast'],
    '"exact" changes no bit of what ONNX Runtime gives alone; "fast" differs by rounding.',
  ).default('exact'),
  maxNonFinite: positiveInteger(
    limits.steps,
    'Steps in a row without a finite loss that stop the run.',
  ).default(10),
});
