import { checkFields, oneOf, rules } from './rules.js';

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
  checkFields('scaledLearningRate', options, {
    base: rules.notNegative,
    batchSize: rules.positiveCount,
    accumulationSteps: rules.positiveCount,
    rule: oneOf('reference', 'effective'),
  });
  const { base, batchSize, accumulationSteps = 1, rule = 'reference' } = options;
  return (base * batchSize * (rule === 'effective' ? accumulationSteps : 1)) / 256;
}
