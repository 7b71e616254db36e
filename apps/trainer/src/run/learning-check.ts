import type { TrainerConfig } from '../config/schema.js';
import { readLines } from '@m3ae/logging';
import { averageLosses } from './average-loss.js';
import type { WarmupCosineOptions } from '@m3ae/optim';
import type { Prepared } from './prepare.js';
import type { Progress } from './progress.js';
import { runPaths } from './run-folder.js';

/** Summed learning rate below which no measured run learned; see studies/learning-rate. */
export const leastSummedRate = 0.02;

/** Summed learning rate from which every measured run had learned a little. */
const usualSummedRate = 0.1;

/** Share of the loss of guessing without looking that a run which has learned stays below. */
export const guessedShare = 0.95;

/** A training loss at the end of a run, beside that of guessing without looking. */
export interface FinalLoss {
  /** Mean over the last tenth of the steps. */
  readonly last: number;
  /** What {@link averageLosses} says. */
  readonly guessing: number;
  /** The former over the latter. */
  readonly share: number;
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

/** A rate or a number of steps with two digits, so that it can be typed. */
const rounded = (value: number) => Number(value.toPrecision(2));

/**
 * Warns where rate, batch and steps cannot be enough, before anything is trained. Says nothing about a run that begins at
 * another's weights.
 *
 * @returns A sentence, or undefined.
 */
export function tooLittleRate(
  { initialize, optimizer, train }: Pick<TrainerConfig, 'initialize' | 'optimizer' | 'train'>,
  schedule: Required<WarmupCosineOptions>,
): string | undefined {
  const sum = summedRate(schedule);
  if (initialize !== null || sum >= leastSummedRate) return undefined;
  const perBatch =
    optimizer.learningRatePer === 'batch'
      ? ''
      : `: ${rounded(optimizer.peakLearningRate)} for 256 examples is ${rounded(schedule.peak)} for ${train.batchSize}`;
  const steps = Math.ceil((schedule.totalSteps * usualSummedRate) / sum);
  return `Warning: the learning rate adds up to ${rounded(sum)} over ${schedule.totalSteps} steps${perBatch}. No run below ${leastSummedRate} has learned; ${usualSummedRate} is a beginning. Set optimizer.learningRatePer to "batch", optimizer.peakLearningRate to 1e-3 and optimizer.clipNorm to 1, or train for ${rounded(steps)} steps and more.`;
}

/** The training losses at the end of a run, each beside that of guessing. */
export async function finalLosses(prepared: Prepared, folder: string): Promise<Record<string, FinalLoss>> {
  const lines = readLines(runPaths(folder).metrics);
  const first = 0.9 * prepared.length.totalSteps;
  const counted = lines.filter(({ step }, at) => step > first || at === lines.length - 1);
  const guesses = Object.entries(await averageLosses(prepared));
  return Object.fromEntries(
    guesses.flatMap(([name, guessing]) => {
      const values = counted.map((line) => line[name]).filter((value) => typeof value === 'number');
      const last = values.reduce((sum, value) => sum + value, 0) / values.length;
      return Number.isFinite(last) ? [[name, { last, guessing, share: last / guessing }]] : [];
    }),
  );
}

const words: Readonly<Record<string, string>> = {
  imageLoss: 'pictures against their mean color',
  textLoss: 'words against how often each occurs',
  loss: 'against guessing',
};

/** Tells the losses at the end, and warns of those that guessing would have reached. */
export function tellFinalLosses(losses: Readonly<Record<string, FinalLoss>>, progress: Progress): void {
  progress.fact('losses', losses);
  for (const [name, { last, guessing, share }] of Object.entries(losses)) {
    progress.say(`Training loss, ${words[name]}: ${last.toFixed(3)} of ${guessing.toFixed(3)}`);
    if (share < guessedShare) continue;
    progress.say(
      `Warning: ${name} is ${Math.round(100 * share)} % of what guessing without looking gives: hardly anything was learned. Raise optimizer.peakLearningRate or train longer.`,
    );
  }
}
