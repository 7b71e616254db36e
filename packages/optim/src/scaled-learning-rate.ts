import { checkOptions, integer, oneOf, record, type RulesOf, withDefault } from '@m3ae/errors/rules';
import { rate } from './rules.js';

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
