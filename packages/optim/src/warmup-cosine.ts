import { invalidField } from '@m3ae/errors';
import { checkOptions, integer, number, oneOf, record, type RulesOf, withDefault } from '@m3ae/errors/rules';
import { rate } from './rules.js';

/** Options of {@link warmupCosine}. */
export interface WarmupCosineOptions {
  /** Learning rate at the end of the warm-up. */
  readonly peak: number;
  /** Updates of the linear warm-up; 0 starts at the peak. Default 0. */
  readonly warmupSteps?: number;
  /** Updates in all, warm-up included; the rate stays at `end` from there on. */
  readonly totalSteps: number;
  /** Learning rate of the very first update when there is a warm-up. Default 0. */
  readonly init?: number;
  /** Learning rate at the end. Default 0. */
  readonly end?: number;
}

const scheduleRules = {
  peak: number({}, 'For example 1.5e-4.'),
  warmupSteps: withDefault(integer({ min: 0 }, 'Count in optimizer updates.'), 0),
  totalSteps: integer({ min: 1 }, 'Count all updates.'),
  init: withDefault(number({}, 'The rate of the first update, e.g. 0.'), 0),
  end: withDefault(number({}, 'The rate of the last update, e.g. 0.'), 0),
} as const satisfies RulesOf<WarmupCosineOptions>;

/**
 * Linear warm-up from `init` to `peak`, then half a cosine down to `end`, which holds from `totalSteps` on.
 *
 * Every operation is rounded to float32, in the order of optax's warmup_cosine_decay_schedule, so a run can be
 * compared with the reference's step by step. With a warm-up and `init` 0 the first update has rate 0, as there.
 *
 * @returns A function from the number of updates done so far (0 for the first update) to the learning rate.
 * @throws RangeError naming every option that is unknown or out of range; or if `warmupSteps` is not below `totalSteps`;
 * when called, if the count is not an integer, zero or more.
 *
 * @example
 * ```ts
 * const rate = warmupCosine({ peak: 1.5e-4, warmupSteps: 10, totalSteps: 100 });
 * rate(5); // 0.75e-4
 * ```
 *
 * @see Loshchilov and Hutter, SGDR, https://arxiv.org/abs/1608.03983; optax.warmup_cosine_decay_schedule
 */
export function warmupCosine(options: WarmupCosineOptions): (count: number) => number {
  const given = checkOptions(record(scheduleRules), options, { path: 'warmupCosine' });
  const { peak, warmupSteps, totalSteps, init, end } = given;
  if (warmupSteps >= totalSteps) {
    const rule = `below totalSteps, ${totalSteps}`;
    throw invalidField('warmupCosine.warmupSteps', rule, warmupSteps, 'Shorten the warm-up or train longer.');
  }
  const alpha = peak === 0 ? 0 : end / peak;
  const decaySteps = totalSteps - warmupSteps;
  return (count) => {
    if (!Number.isInteger(count) || count < 0) {
      throw invalidField('count', 'an integer, zero or more', count, 'Count updates done.');
    }
    return count < warmupSteps
      ? linear(init, peak, warmupSteps, count)
      : cosine(peak, alpha, decaySteps, count - warmupSteps);
  };
}

const round = Math.fround;

/** optax.linear_schedule in float32. */
function linear(init: number, end: number, steps: number, count: number): number {
  const left = round(1 - round(round(count) / round(steps)));
  return round(round(round(init - end) * left) + round(end));
}

/** optax.cosine_decay_schedule in float32. */
function cosine(peak: number, alpha: number, steps: number, count: number): number {
  const angle = round(round(round(Math.PI) * round(Math.min(count, steps))) / round(steps));
  const share = round(0.5 * round(1 + round(Math.cos(angle))));
  return round(round(peak) * round(round(round(1 - alpha) * share) + round(alpha)));
}

/**
 * Sum of the learning rate over all updates. AdamW moves a weight by about the rate in each, so that this is about how far one can
 * get from where it began.
 */
export function summedRate({
  init,
  peak,
  end,
  warmupSteps,
  totalSteps,
}: Required<WarmupCosineOptions>): number {
  const rise = (warmupSteps * (init + peak)) / 2;
  const fall = ((totalSteps - warmupSteps) * (peak + end)) / 2;
  return rise + fall;
}

/** Options of {@link scaledLearningRate}. */
export interface ScaledLearningRateOptions {
  /** Learning rate for 256 examples an update. */
  readonly base: number;
  /** Examples in one batch, over all ranks. */
  readonly batchSize: number;
  /** Batches averaged before one update. Default 1. */
  readonly accumulationSteps?: number;
  /**
   * `reference` (default): base·batchSize/256, whatever is accumulated. `effective` (the original MAE): the examples
   * of all accumulated batches count.
   */
  readonly rule?: 'reference' | 'effective';
}

const scalingRules = {
  base: rate('Use 1.5e-4 for the rate of the paper.'),
  batchSize: integer({ min: 1 }, 'Count the examples of a batch.'),
  accumulationSteps: withDefault(integer({ min: 1 }, 'Leave it out for 1.'), 1),
  rule: withDefault(oneOf(['reference', 'effective'], 'Check the spelling.'), 'reference'),
} as const satisfies RulesOf<ScaledLearningRateOptions>;

/**
 * The linear scaling rule: the rate grows with the batch, base·batch/256.
 *
 * @returns The learning rate to use as the schedule's peak (and, scaled alike, as its init and end).
 * @throws RangeError naming every option that is unknown or out of range.
 *
 * @example
 * ```ts
 * scaledLearningRate({ base: 1.5e-4, batchSize: 4096 }); // 0.0024
 * ```
 *
 * @see Goyal et al., Accurate, Large Minibatch SGD, https://arxiv.org/abs/1706.02677
 */
export function scaledLearningRate(options: ScaledLearningRateOptions): number {
  const given = checkOptions(record(scalingRules), options, { path: 'scaledLearningRate' });
  const { base, batchSize, accumulationSteps, rule } = given;
  return (base * batchSize * (rule === 'effective' ? accumulationSteps : 1)) / 256;
}
