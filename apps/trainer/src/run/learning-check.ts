import { pieceFrequencyLoss, type FinalLoss, meanColorLoss, entropyOf } from '@m3ae/tasks';
import type { TrainerConfig } from '../config/schema.js';
import { type Progress } from '@m3ae/logging';
import { summedRate, type WarmupCosineOptions } from '@m3ae/optim';
import { trainingLoader } from './loaders.js';
import type { Prepared } from './prepare.js';

/** Summed learning rate below which no measured run learned; see studies/learning-rate. */
export const leastSummedRate = 0.02;

/** Summed learning rate from which every measured run had learned a little. */
const usualSummedRate = 0.1;

/** Share of the loss of guessing without looking that a run which has learned stays below. */
export const guessedShare = 0.95;

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

/** Training pictures that are looked at: enough for two decimals. */
const sampledPictures = 128;

/** Pixels of some training pictures, cropped as in training. */
async function sampledPixels(prepared: Prepared): Promise<{ values: ArrayLike<number>; patchDim: number }> {
  const { config, sources, streams } = prepared;
  const { indices } = sources.train;
  const count = Math.min(sampledPictures, indices.length);
  const settings = { ...prepared, config: { ...config, data: { ...config.data, workers: 0 } } };
  const loader = trainingLoader(sources.train, streams.augmentation, settings);
  const chosen = Int32Array.from(
    { length: count },
    (_, at) => indices[Math.floor((at * indices.length) / count)]!,
  );
  const { patches } = await loader.load({ step: 0, indices: chosen });
  await loader.close();
  return { values: patches!.data, patchDim: patches!.shape[2]! };
}

/**
 * Training losses of guessing without looking: the mean color for every pixel, each word piece or class as often as it
 * occurs, every caption alike. A model whose loss is no lower has learned nothing from what it sees.
 *
 * @returns By the name of the metric in metrics.jsonl: `imageLoss` and `textLoss`, or `loss` with methods "clip" and "supervised".
 */
export async function guessedLosses(prepared: Prepared): Promise<Record<string, number>> {
  const { config, sources, vocabulary } = prepared;
  const { dataset, indices } = sources.train;
  if (config.method === 'clip') return { loss: Math.log(config.train.batchSize) };
  if (config.method === 'supervised') {
    const counts = new Map<number, number>();
    for (const index of indices) {
      const label = dataset.labels![index]!;
      counts.set(label, (counts.get(label) ?? 0) + 1);
    }
    return { loss: entropyOf(counts.values()) };
  }
  const { values, patchDim } = await sampledPixels(prepared);
  const imageLoss = meanColorLoss(values, patchDim, config.loss.normalizeTargets);
  if (config.method === 'mae' || dataset.kind !== 'paired') return { imageLoss };
  const captions = function* () {
    for (const index of indices)
      yield vocabulary.tokenizer.encode(dataset.caption(index), config.text.maxLength);
  };
  const { text, loss, data } = config;
  const textLoss = pieceFrequencyLoss(captions(), {
    maxLength: text.maxLength,
    maskRatio: text.maskRatio,
    allTokens: loss.textAllTokens,
    usedShare: data.pairedShare * (1 - data.dropText),
  });
  return { imageLoss, textLoss };
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
