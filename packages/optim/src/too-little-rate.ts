import type { RateOptions } from './run-length.js';
import { summedRate, type WarmupCosineOptions } from './warmup-cosine.js';

/** Summed learning rate below which no measured run learned. */
export const leastSummedRate = 0.02;

/** Summed learning rate from which every measured run had learned a little. */
const usualSummedRate = 0.1;

/** Peak rate of a step at which runs of few steps learned. */
const advisedPeak = 1e-3;

/** A rate or a number of steps with two digits, so that it can be typed. */
const rounded = (value: number) => Number(value.toPrecision(2));

/** What {@link tooLittleRate} knows beside the schedule. */
export interface RateAdvice extends Pick<RateOptions, 'batchSize' | 'peakLearningRate' | 'learningRatePer'> {
  /** Norm that gradients are clipped to, where they are. */
  readonly clipNorm?: number | null;
  /** Put before the names of options, e.g. `optimizer.`. Default none. */
  readonly prefix?: string;
}

/**
 * Warns where rate, batch and steps cannot be enough, before anything is trained. It is for a training that begins at random weights.
 *
 * @param schedule - As `scheduleOf` gives it.
 * @returns A sentence or two, or undefined.
 *
 * @example
 * ```ts
 * const rates = { peakLearningRate: 1.5e-4, batchSize: 64 };
 * tooLittleRate(rates, scheduleOf(rates, { warmupSteps: 12, totalSteps: 250 })); // 'Warning: the learning rate adds up to 0.0047 over …'
 * ```
 */
export function tooLittleRate(
  { batchSize, peakLearningRate, learningRatePer, clipNorm, prefix = '' }: RateAdvice,
  schedule: Required<WarmupCosineOptions>,
): string | undefined {
  const sum = summedRate(schedule);
  if (sum >= leastSummedRate) return undefined;
  const perBatch =
    learningRatePer === 'batch'
      ? ''
      : `: ${rounded(peakLearningRate)} for 256 examples is ${rounded(schedule.peak)} for ${batchSize}`;
  const steps = Math.ceil((schedule.totalSteps * usualSummedRate) / sum);
  const advised = [
    learningRatePer !== 'batch' && `${prefix}learningRatePer to "batch"`,
    schedule.peak < advisedPeak && `${prefix}peakLearningRate to 1e-3`,
    clipNorm !== 1 && `${prefix}clipNorm to 1`,
  ].filter((setting) => setting !== false);
  const better = advised.length === 0 ? 'Train' : `Set ${advised.join(', ')}, or train`;
  return `Warning: the learning rate adds up to ${rounded(sum)} over ${schedule.totalSteps} steps${perBatch}. No run below ${leastSummedRate} has learned; ${usualSummedRate} is a beginning. ${better} for ${rounded(steps)} steps and more.`;
}
