import { type FinalLoss, guessedLosses } from '@m3ae/tasks';
import type { TrainerConfig } from '../config/schema.js';
import { type Progress } from '@m3ae/logging';
import { summedRate, type WarmupCosineOptions } from '@m3ae/optim';
import { trainingLoader } from './loaders.js';
import type { Prepared } from './prepare.js';

/** Summed learning rate below which no measured run learned; see studies/learning-rate. */
export const leastSummedRate = 0.02;

/** Summed learning rate from which every measured run had learned a little. */
const usualSummedRate = 0.1;

/** Peak rate of a step at which runs of few steps learned. */
const advisedPeak = 1e-3;

/** Share of the loss of guessing without looking that a run which has learned stays below. */
const guessedShare = 0.95;

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
  const advised = [
    optimizer.learningRatePer !== 'batch' && 'optimizer.learningRatePer to "batch"',
    schedule.peak < advisedPeak && 'optimizer.peakLearningRate to 1e-3',
    optimizer.clipNorm !== 1 && 'optimizer.clipNorm to 1',
  ].filter((setting) => setting !== false);
  const better = advised.length === 0 ? 'Train' : `Set ${advised.join(', ')}, or train`;
  return `Warning: the learning rate adds up to ${rounded(sum)} over ${schedule.totalSteps} steps${perBatch}. No run below ${leastSummedRate} has learned; ${usualSummedRate} is a beginning. ${better} for ${rounded(steps)} steps and more.`;
}

/** Losses of guessing without looking, of the training examples of a run. */
export async function guessesOf(prepared: Prepared): Promise<Record<string, number>> {
  const { config, sources, streams, vocabulary } = prepared;
  const settings = { ...prepared, config: { ...config, data: { ...config.data, workers: 0 } } };
  const loader = trainingLoader(sources.train, streams.augmentation, settings);
  const examples = { ...sources.train, loader, tokenizer: vocabulary.tokenizer };
  return guessedLosses(config, examples).finally(() => loader.close());
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
