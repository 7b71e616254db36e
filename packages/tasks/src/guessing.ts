import type { Dataset, Loader } from '@m3ae/datasets';
import { keepLength } from '@m3ae/masking';
import type { Tokenizer } from '@m3ae/preprocess';
import type { WorkSizes } from './flops.js';
import { methodTraits } from './methods.js';

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

/** How captions are hidden, for {@link pieceFrequencyLoss}. */
export interface PieceFrequencyOptions {
  /** Places of the text that a model reads. */
  readonly maxLength: number;
  /** Share of them that is hidden, in [0, 1). */
  readonly maskRatio: number;
  /** Whether visible pieces count too. Default false. */
  readonly allTokens?: boolean;
  /** Share of the examples whose caption is read, in [0, 1]. Default 1. */
  readonly usedShare?: number;
}

/**
 * Cross-entropy of guessing by how often each piece occurs. An example counts as in the loss of the masked tasks: the mean
 * over its pieces, and 0 where none is hidden.
 *
 * @param captions - The ids of each caption.
 */
export function pieceFrequencyLoss(
  captions: Iterable<readonly number[]>,
  { maxLength, maskRatio, allTokens = false, usedShare = 1 }: PieceFrequencyOptions,
): number {
  const weights = new Map<number, number>();
  let examples = 0;
  let counted = 0;
  for (const ids of captions) {
    examples++;
    const chance = allTokens && ids.length > 0 ? 1 : chanceHidden(ids.length, maxLength, maskRatio);
    counted += chance;
    for (const id of ids) weights.set(id, (weights.get(id) ?? 0) + chance / ids.length);
  }
  return examples === 0 ? 0 : (usedShare * counted * entropyOf(weights.values())) / examples;
}

/** What the losses of guessing depend on beside the examples. */
export interface GuessingSizes extends Pick<WorkSizes, 'method' | 'text'> {
  readonly loss: { readonly normalizeTargets: boolean; readonly textAllTokens: boolean };
  readonly train: { readonly batchSize: number };
  /** Shares of the examples that are pairs, and of these whose caption is left out. */
  readonly data: { readonly pairedShare: number; readonly dropText: number };
}

/** The examples that {@link guessedLosses} looks at. */
export interface GuessedExamples {
  readonly dataset: Pick<Dataset, 'kind' | 'labels' | 'caption'>;
  /** Those of the dataset that are trained on. */
  readonly indices: Int32Array;
  /** Reads pictures as the training does. */
  readonly loader: Pick<Loader, 'load'>;
  readonly tokenizer: Pick<Tokenizer, 'encode'>;
}

/** Training pictures that are looked at: enough for two decimals. */
const sampledPictures = 128;

async function imageGuess({ loss }: GuessingSizes, { indices, loader }: GuessedExamples): Promise<number> {
  const count = Math.min(sampledPictures, indices.length);
  const spread = (_: unknown, at: number) => indices[Math.floor((at * indices.length) / count)]!;
  const { patches } = await loader.load({ step: 0, indices: Int32Array.from({ length: count }, spread) });
  return meanColorLoss(patches!.data, patches!.shape[2]!, loss.normalizeTargets);
}

/**
 * Training losses of guessing without looking: the mean color for every pixel, each word piece or class as often as it
 * occurs, every caption alike. A model whose loss is no lower has learned nothing from what it sees.
 *
 * @returns By the name of the metric: `imageLoss` and `textLoss`, or `loss` with methods `clip` and `supervised`.
 */
export async function guessedLosses(
  config: GuessingSizes,
  examples: GuessedExamples,
): Promise<Record<string, number>> {
  const { text, loss, train, data } = config;
  const { contrasts, readsLabels, rebuildsText } = methodTraits(config.method);
  const { dataset, indices, tokenizer } = examples;
  if (contrasts) return { loss: Math.log(train.batchSize) };
  if (readsLabels) {
    const counts = new Map<number, number>();
    for (const index of indices) {
      const label = dataset.labels![index]!;
      counts.set(label, (counts.get(label) ?? 0) + 1);
    }
    return { loss: entropyOf(counts.values()) };
  }
  const imageLoss = await imageGuess(config, examples);
  if (!rebuildsText || dataset.kind !== 'paired') return { imageLoss };
  const captions = function* () {
    for (const index of indices) yield tokenizer.encode(dataset.caption(index), text.maxLength);
  };
  const usedShare = data.pairedShare * (1 - data.dropText);
  const options = { ...text, allTokens: loss.textAllTokens, usedShare };
  return { imageLoss, textLoss: pieceFrequencyLoss(captions(), options) };
}

/** A training loss at the end of a run, beside that of guessing without looking. */
export interface FinalLoss {
  /** Mean over the last tenth of the steps. */
  readonly last: number;
  readonly guessing: number;
  /** The former over the latter. */
  readonly share: number;
}

/**
 * Training losses over the last tenth of the steps, each beside that of guessing: one that is no lower has learned nothing.
 *
 * @param lines - Logged metrics, in order; the last one always counts.
 * @param totalSteps - Updates in all.
 * @param guesses - Losses of guessing by the name of the metric; one that was never logged is left out.
 */
export function finalLosses(
  lines: readonly { readonly step: number; readonly [name: string]: unknown }[],
  totalSteps: number,
  guesses: Readonly<Record<string, number>>,
): Record<string, FinalLoss> {
  const counted = lines.filter(({ step }, at) => step > 0.9 * totalSteps || at === lines.length - 1);
  return Object.fromEntries(
    Object.entries(guesses).flatMap(([name, guessing]) => {
      const values = counted.map((line) => line[name]).filter((value) => typeof value === 'number');
      const last = values.reduce((sum, value) => sum + value, 0) / values.length;
      return Number.isFinite(last) ? [[name, { last, guessing, share: last / guessing }]] : [];
    }),
  );
}

/** Share of the loss of guessing without looking that a training which has learned stays below. */
const guessedShare = 0.95;

const words: Readonly<Record<string, string>> = {
  imageLoss: 'pictures against their mean color',
  textLoss: 'words against how often each occurs',
  loss: 'against guessing',
};

/**
 * The losses at the end in lines of text, with a warning for each that guessing would have reached.
 *
 * @param advice - What to do then, with a dot at its end. Default `Raise the peak learning rate or train longer.`
 */
export const finalLossLines = (
  losses: Readonly<Record<string, FinalLoss>>,
  advice = 'Raise the peak learning rate or train longer.',
): string[] =>
  Object.entries(losses).flatMap(([name, { last, guessing, share }]) => [
    `Training loss, ${words[name]}: ${last.toFixed(3)} of ${guessing.toFixed(3)}`,
    ...(share < guessedShare
      ? []
      : [
          `Warning: ${name} is ${Math.round(100 * share)} % of what guessing without looking gives: hardly anything was learned. ${advice}`,
        ]),
  ]);
