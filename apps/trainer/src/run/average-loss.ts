import { keepLength } from '@m3ae/masking';
import type { TrainerConfig } from '../config/schema.js';
import { trainingLoader } from './loaders.js';
import type { Prepared } from './prepare.js';

/** What {@link averageLosses} reads of a prepared run. */
export type AveragedRun = Pick<Prepared, 'config' | 'sources' | 'statistics' | 'streams' | 'vocabulary'>;

/** Training pictures that are looked at: enough for two decimals. */
const sampledPictures = 128;

/** Entropy of a distribution of which only the proportions are given, in nats. */
export function entropyOf(weights: Iterable<number>): number {
  const present = [...weights].filter((weight) => weight > 0);
  const total = present.reduce((sum, weight) => sum + weight, 0);
  return -present.reduce((sum, weight) => sum + (weight / total) * Math.log(weight / total), 0);
}

/**
 * Mean squared error of one color for all pictures; with targets that are normalized patch by patch, of their mean, 0.
 *
 * @param values - Normalized pixels of some pictures, patch after patch, channels innermost.
 * @param patchDim - Numbers of one patch.
 */
export function meanColorLoss(values: ArrayLike<number>, patchDim: number, perPatch: boolean): number {
  const stride = perPatch ? patchDim : values.length;
  const channels = perPatch ? 1 : 3;
  let total = 0;
  for (let start = 0; start < values.length; start += stride) {
    for (let channel = 0; channel < channels; channel++) {
      let sum = 0;
      let square = 0;
      for (let at = start + channel; at < start + stride; at += channels) {
        sum += values[at]!;
        square += values[at]! ** 2;
      }
      const count = stride / channels;
      const variance = Math.max(0, square / count - (sum / count) ** 2);
      // The same small number and unbiased variance as in the loss: a patch of one color has a target of 0.
      total += perPatch ? variance / ((variance * count) / (count - 1) + 1e-6) : variance;
    }
  }
  return total / ((values.length / stride) * channels);
}

/** Chance that a mask hides at least one of the first `real` of `length` places. */
function chanceHidden(real: number, length: number, maskRatio: number): number {
  const kept = keepLength(length, maskRatio);
  let none = 1;
  for (let place = 0; place < real; place++) none *= Math.max(0, kept - place) / (length - place);
  return 1 - none;
}

/**
 * Cross-entropy of guessing by how often each piece occurs. An example counts as in the loss: the mean over its pieces,
 * and 0 where none is hidden.
 *
 * @param captions - The ids of each caption.
 */
export function pieceFrequencyLoss(
  captions: Iterable<readonly number[]>,
  { text, loss, data }: Pick<TrainerConfig, 'text' | 'loss' | 'data'>,
): number {
  const weights = new Map<number, number>();
  let examples = 0;
  let counted = 0;
  for (const ids of captions) {
    examples++;
    const chance =
      loss.textAllTokens && ids.length > 0 ? 1 : chanceHidden(ids.length, text.maxLength, text.maskRatio);
    counted += chance;
    for (const id of ids) weights.set(id, (weights.get(id) ?? 0) + chance / ids.length);
  }
  const used = data.pairedShare * (1 - data.dropText);
  return examples === 0 ? 0 : (used * counted * entropyOf(weights.values())) / examples;
}

/** Pixels of some training pictures, cropped as in training. */
async function sampledPixels(prepared: AveragedRun): Promise<{ values: Float32Array; patchDim: number }> {
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
  return { values: patches!.data as Float32Array, patchDim: patches!.shape[2]! };
}

/**
 * Training losses of guessing without looking: the mean color for every pixel, each word piece or class as often as it
 * occurs, every caption alike. A model whose loss is no lower has learned nothing from what it sees.
 *
 * @returns By the name of the metric in metrics.jsonl: `imageLoss` and `textLoss`, or `loss` with methods "clip" and "supervised".
 */
export async function averageLosses(prepared: AveragedRun): Promise<Record<string, number>> {
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
  return { imageLoss, textLoss: pieceFrequencyLoss(captions(), config) };
}
