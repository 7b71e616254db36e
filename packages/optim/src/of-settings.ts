import { prefixFaults } from '@m3ae/errors';
import { createOptimizer, type OptimizerOptions } from './create-optimizer.js';
import { type LengthOptions, type RateOptions, type RunLength, runLength, scheduleOf } from './run-length.js';
import type { ParameterRule, Transform } from './transform.js';
import type { WarmupCosineOptions } from './warmup-cosine.js';

/** The sections `train` and `optimizer` of a config: how long a training is, its rates, and what makes updates of gradients. */
export interface ScheduleSettings {
  readonly train: Pick<LengthOptions, 'batchSize' | 'steps' | 'epochs'>;
  readonly optimizer: Omit<OptimizerOptions, 'decay' | 'depth'> &
    Omit<RateOptions, 'batchSize'> &
    Pick<LengthOptions, 'warmup'> & {
      /** Which parameters decay, by a name that the task knows; not read here. */
      readonly decay?: string;
    };
}

/** What the sections `train` and `optimizer` say about the length of a run, its rates, and the optimizer alone. */
function partsOf({ train, optimizer }: ScheduleSettings) {
  const { warmup, scheduleSteps, decay: _decay, ...rest } = optimizer;
  const { peakLearningRate, initialLearningRate, endLearningRate, learningRatePer, ...own } = rest;
  const { batchSize, steps, epochs } = train;
  const rates = { peakLearningRate, initialLearningRate, endLearningRate, learningRatePer };
  return {
    own,
    length: { batchSize, steps, epochs, warmup, scheduleSteps },
    rates: { ...rates, scheduleSteps, batchSize },
  };
}

/**
 * Steps of a run.
 *
 * @param trainLength - Training examples.
 * @throws InvalidInput below `optimizer` if the warm-up does not end within the run.
 *
 * @see {@link runLength}
 */
export const lengthOf = (settings: ScheduleSettings, trainLength: number): RunLength =>
  prefixFaults('optimizer', () => runLength(partsOf(settings).length, trainLength));

/**
 * The learning rates of a run.
 *
 * @param trainLength - Training examples.
 * @throws InvalidInput as {@link lengthOf}.
 *
 * @see {@link scheduleOf}
 */
export const ratesOf = (settings: ScheduleSettings, trainLength: number): Required<WarmupCosineOptions> =>
  scheduleOf(partsOf(settings).rates, lengthOf(settings, trainLength));

/**
 * The optimizer that settings ask for.
 *
 * @param task - What is learned; it knows which parameters decay.
 * @param depth - Blocks of the encoder, for a rate of each.
 * @throws InvalidInput below `optimizer` naming every option that is out of range.
 *
 * @example
 * ```ts
 * const train = { batchSize: 64, epochs: 100 };
 * const settings = { train, optimizer: { kind: 'adamW', weightDecay: 0.05, peakLearningRate: 1.5e-4, decay: 'reference' } } as const;
 * optimizerOf(settings, task, 12);
 * ```
 */
export const optimizerOf = (
  settings: ScheduleSettings,
  { decays }: { readonly decays: ParameterRule },
  depth: number,
): Transform =>
  prefixFaults('optimizer', () => createOptimizer({ ...partsOf(settings).own, decay: decays, depth }));
