import { keepLength } from '@m3ae/masking';

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

/** A training loss at the end of a run, beside that of guessing without looking. */
export interface FinalLoss {
  /** Mean over the last tenth of the steps. */
  readonly last: number;
  readonly guessing: number;
  /** The former over the latter. */
  readonly share: number;
}

/**
 * Training losses over the last tenth of the steps, each beside that of guessing. A model whose loss is no lower has
 * learned nothing from what it sees.
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
