import { faultOf, isRecord, pluralize, throwFaults } from '@m3ae/errors';
import { checkFields, type FieldRule, oneOf, rules } from './rules.js';
import { scaledLearningRate } from './scaled-learning-rate.js';
import type { WarmupCosineOptions } from './warmup-cosine.js';

/** How long a training is, as a person says it. */
export interface LengthOptions {
  /** Examples of one update. */
  readonly batchSize: number;
  /** Updates in all; or give `epochs`. */
  readonly steps?: number;
  /** Passes over the training examples, whole or not; or give `steps`. */
  readonly epochs?: number;
  /** Updates of linear rise: as such, in epochs, or as a share of the updates over which the rate changes. Default none. */
  readonly warmup?: { readonly steps: number } | { readonly epochs: number } | { readonly share: number };
  /** Updates over which the rate changes. Default: all. */
  readonly scheduleSteps?: number;
}

/** How long a training is, in updates. */
export interface RunLength {
  readonly stepsPerEpoch: number;
  readonly totalSteps: number;
  readonly warmupSteps: number;
}

const warmups: Readonly<Record<string, (value: unknown) => boolean>> = {
  steps: rules.count.test,
  epochs: rules.notNegative.test,
  share: (value) => rules.notNegative.test(value) && Number(value) <= 1,
};

const oneWarmup: FieldRule = {
  rule: '{ steps }, { epochs } or { share }: a number, zero or more, of which a share is at most 1',
  test(value) {
    const [[name = '', amount] = [], ...others] = isRecord(value) ? Object.entries(value) : [];
    return others.length === 0 && Object.hasOwn(warmups, name) && warmups[name]!(amount);
  },
  remedy: 'Write e.g. { share: 0.1 } for a tenth of all updates.',
};

/**
 * Updates of a training; an epoch drops the last incomplete batch, as the reference does.
 *
 * @param trainLength - Training examples.
 * @throws InvalidInput naming every option that is unknown or out of range; if not one of `steps` and `epochs` is given, or
 * the warm-up does not end within the training.
 *
 * @example
 * ```ts
 * runLength({ batchSize: 64, epochs: 10, warmup: { share: 0.1 } }, 1000); // 15 an epoch, 150 in all, 15 of warm-up
 * ```
 */
export function runLength(options: LengthOptions, trainLength: number): RunLength {
  checkFields('', options, {
    batchSize: rules.positiveCount,
    steps: rules.positiveCount,
    epochs: rules.positive,
    warmup: oneWarmup,
    scheduleSteps: rules.positiveCount,
  });
  const { batchSize, steps, epochs, warmup = { steps: 0 } } = options;
  const rule = 'given, or epochs, and not both';
  throwFaults([
    batchSize === undefined && faultOf('batchSize', 'given', batchSize, 'Pass e.g. { batchSize: 64 }.'),
    (steps === undefined) === (epochs === undefined) &&
      faultOf('steps', rule, steps, 'Pass e.g. { epochs: 100 }.'),
    !rules.positiveCount.test(trainLength) &&
      faultOf('trainLength', 'a positive integer', trainLength, 'Pass the length of the training part.'),
  ]);
  const stepsPerEpoch = Math.max(1, Math.floor(trainLength / batchSize));
  const totalSteps = steps ?? Math.max(1, Math.round(stepsPerEpoch * epochs!));
  const { scheduleSteps = totalSteps } = options;
  const warmupSteps =
    'steps' in warmup
      ? warmup.steps
      : Math.floor('epochs' in warmup ? warmup.epochs * stepsPerEpoch : warmup.share * scheduleSteps);
  const shortest = Math.min(totalSteps, scheduleSteps);
  const within = `shorter than the ${pluralize(shortest, 'step')} of the run`;
  throwFaults([
    warmupSteps > 0 &&
      warmupSteps >= shortest &&
      faultOf('warmup', within, pluralize(warmupSteps, 'step'), 'Shorten it, or train longer.'),
  ]);
  return { stepsPerEpoch, totalSteps, warmupSteps };
}

/** Learning rates of a training, as a person says them. */
export interface RateOptions extends Pick<LengthOptions, 'batchSize' | 'scheduleSteps'> {
  readonly peakLearningRate: number;
  /** Of the first update. Default 0. */
  readonly initialLearningRate?: number;
  /** Of the last update. Default 0. */
  readonly endLearningRate?: number;
  /** What the rates are for: 256 examples, as in the reference, or a batch of whatever size. Default `256 examples`. */
  readonly learningRatePer?: '256 examples' | 'batch';
}

/**
 * What `warmupCosine` takes, from rates as the reference counts them.
 *
 * @throws InvalidInput naming every option that is unknown, missing or out of range.
 *
 * @example
 * ```ts
 * const length = runLength(options, dataset.length);
 * const schedule = warmupCosine(scheduleOf({ peakLearningRate: 1.5e-4, batchSize: 4096 }, length)); // peak: 2.4e-3
 * ```
 *
 * @see {@link scaledLearningRate}
 */
export function scheduleOf(
  options: RateOptions,
  { warmupSteps, totalSteps }: Pick<RunLength, 'warmupSteps' | 'totalSteps'>,
): Required<WarmupCosineOptions> {
  checkFields('', options, {
    batchSize: rules.positiveCount,
    peakLearningRate: rules.notNegative,
    initialLearningRate: rules.notNegative,
    endLearningRate: rules.notNegative,
    learningRatePer: oneOf('256 examples', 'batch'),
    scheduleSteps: rules.positiveCount,
  });
  throwFaults(
    (['batchSize', 'peakLearningRate'] as const).map(
      (name) =>
        options[name] === undefined && faultOf(name, 'given', undefined, 'Rates are scaled by the batch.'),
    ),
  );
  const { batchSize, peakLearningRate, initialLearningRate = 0, endLearningRate = 0 } = options;
  const { learningRatePer = '256 examples', scheduleSteps = totalSteps } = options;
  const scaled = (base: number) =>
    learningRatePer === 'batch' ? base : scaledLearningRate({ base, batchSize });
  return {
    peak: scaled(peakLearningRate),
    init: scaled(initialLearningRate),
    end: scaled(endLearningRate),
    warmupSteps,
    totalSteps: scheduleSteps,
  };
}
