import { faultOf, invalidField, pluralize, throwFaults } from '@m3ae/errors';
import {
  checkOptions,
  either,
  inInterval,
  integer,
  number,
  oneOf,
  optional,
  record,
  type RulesOf,
  withDefault,
} from '@m3ae/errors/rules';
import { largestRate, rate } from './rules.js';
import { scaledLearningRate, type WarmupCosineOptions } from './warmup-cosine.js';

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

const steps = (min: number, remedy: string) => integer({ min, limit: 1e9 }, remedy);
const epochs = (bound: { min?: number; above?: number }, remedy: string) =>
  number({ ...bound, limit: 1e6 }, remedy);

/** CLIP was trained with 32,768. */
const batchSize = integer({ min: 1, limit: 65_536 }, 'Examples of one update, e.g. 64.');
const scheduleSteps = optional(
  steps(1, 'Updates over which the rate falls to endLearningRate; leave it out for the length of the run.'),
);

/** The rules of {@link LengthOptions}. */
export const lengthRules = {
  batchSize,
  steps: optional(steps(1, 'Updates in all; or give epochs.')),
  epochs: optional(epochs({ above: 0 }, 'Passes over the training examples; or give steps.')),
  warmup: withDefault(
    either(
      [
        record({ steps: steps(0, 'Steps of linear rise.') }),
        record({ epochs: epochs({ min: 0 }, 'Epochs of linear rise.') }),
        record({ share: inInterval('[0, 1]', 'Share of all steps.') }),
      ],
      {
        rule: '{ steps }, { epochs } or { share }',
        remedy: 'Write e.g. { share: 0.1 } for a tenth of all steps.',
      },
    ),
    { steps: 0 },
  ),
  scheduleSteps,
} as const satisfies RulesOf<LengthOptions>;

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
  const { batchSize, steps, epochs, warmup, ...given } = checkOptions(record(lengthRules), options);
  throwFaults([
    (steps === undefined) === (epochs === undefined) &&
      faultOf('steps', 'given, or epochs, and not both', steps, 'Pass e.g. { epochs: 100 }.'),
    !(Number.isInteger(trainLength) && trainLength > 0) &&
      faultOf('trainLength', 'a positive integer', trainLength, 'Pass the length of the training part.'),
  ]);
  const stepsPerEpoch = Math.max(1, Math.floor(trainLength / batchSize));
  const totalSteps = steps ?? Math.max(1, Math.round(stepsPerEpoch * epochs!));
  const { scheduleSteps = totalSteps } = given;
  const warmupSteps =
    'steps' in warmup
      ? warmup.steps
      : Math.floor('epochs' in warmup ? warmup.epochs * stepsPerEpoch : warmup.share * scheduleSteps);
  const shortest = Math.min(totalSteps, scheduleSteps);
  if (warmupSteps > 0 && warmupSteps >= shortest) {
    const rule = `shorter than the ${pluralize(shortest, 'step')} of the run`;
    throw invalidField('warmup', rule, pluralize(warmupSteps, 'step'), 'Shorten it, or train longer.');
  }
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

/** The rules of {@link RateOptions}. */
export const rateRules = {
  batchSize,
  peakLearningRate: number({ above: 0, limit: largestRate }, 'Use 1.5e-4 for the rate of the paper.'),
  initialLearningRate: withDefault(rate('The rate of the first update, e.g. 0.'), 0),
  endLearningRate: withDefault(rate('The rate of the last update, e.g. 0.'), 0),
  learningRatePer: withDefault(
    oneOf(
      ['256 examples', 'batch'],
      '"256 examples" multiplies the rates by batch / 256, as the reference does.',
    ),
    '256 examples',
  ),
  scheduleSteps,
} as const satisfies RulesOf<RateOptions>;

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
  const { batchSize, peakLearningRate, initialLearningRate, endLearningRate, ...given } = checkOptions(
    record(rateRules),
    options,
  );
  const { learningRatePer, scheduleSteps = totalSteps } = given;
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
