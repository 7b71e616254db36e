import type { MaskPlan, TrimmedMaskPlan } from '@m3ae/masking';
import type { NdArray } from '@m3ae/tree';
import { takeRows } from '../batches.js';
import { denormalize, type RgbImage, type Tokenizer, unpatchify } from '@m3ae/preprocess';

/** Pictures, texts or pairs with what is hidden of them. */
export interface HiddenExamples<Leaf = NdArray, Patches = Leaf> {
  /** [batch, patches, patchDim] */
  readonly patches?: Patches;
  readonly imagePlan?: MaskPlan<Leaf>;
  /** int32 [batch, textLength] */
  readonly tokenIds?: Leaf;
  /** 1 = padding: [batch, textLength] */
  readonly paddingMask?: Leaf;
  readonly textPlan?: TrimmedMaskPlan<Leaf>;
}

/** What the model puts in the places. */
export interface RebuiltExamples {
  /** Every patch as predicted: [batch, patches, patchDim]. */
  readonly image?: NdArray;
  /** Probability of each piece in each place: [batch, textLength, vocabSize]. */
  readonly text?: NdArray;
}

/** How patches become a picture again. */
export interface PatchLayout {
  /** Side of the square picture in pixels. */
  readonly size: number;
  readonly patchSize: number;
  /** Of each channel, for values in [0, 1]: what the patches were normalized by. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
  /** Whether the model predicts each patch normalized by itself. */
  readonly normalizeTargets: boolean;
}

/** Three views of one picture: [patches, patchDim] each. */
interface Views {
  readonly original: Float32Array;
  readonly hidden: Float32Array;
  readonly rebuilt: Float32Array;
  /** Mean squared error over the hidden patches, in the units of the loss. */
  readonly error: number;
}

/** Mean and unbiased deviation of one patch, as `normalizeTargets` of the losses package takes them. */
function patchStatistics(patch: Float32Array): { mean: number; deviation: number } {
  const mean = patch.reduce((total, value) => total + value, 0) / patch.length;
  const variance = patch.reduce((total, value) => total + (value - mean) ** 2, 0) / (patch.length - 1);
  return { mean, deviation: Math.sqrt(variance + 1e-6) };
}

/**
 * Puts a prediction together with what was visible.
 *
 * @param original - Normalized patches: [patches, patchDim].
 * @param prediction - What the model says of every patch: [patches, patchDim].
 * @param mask - 1 = hidden: [patches].
 */
export function viewsOf(
  original: Float32Array,
  prediction: Float32Array,
  mask: ArrayLike<number>,
  { mean, std, normalizeTargets }: PatchLayout,
): Views {
  const patchDim = original.length / mask.length;
  const hidden = original.slice();
  const rebuilt = original.slice();
  let error = 0;
  let count = 0;
  for (let patch = 0; patch < mask.length; patch++) {
    if (!mask[patch]) continue;
    count++;
    const start = patch * patchDim;
    const { mean: center, deviation } = normalizeTargets
      ? patchStatistics(original.subarray(start, start + patchDim))
      : { mean: 0, deviation: 1 };
    for (let at = start; at < start + patchDim; at++) {
      const channel = at % mean.length;
      hidden[at] = (0.62 - mean[channel]!) / std[channel]!; // a middle gray
      rebuilt[at] = prediction[at]! * deviation + center;
      error += ((original[at]! - rebuilt[at]!) / deviation) ** 2 / patchDim;
    }
  }
  return { original, hidden, rebuilt, error: count === 0 ? 0 : error / count };
}

/** Patches back to 8-bit pixels. */
export function imageOf(patches: Float32Array, { size, patchSize, mean, std }: PatchLayout): RgbImage {
  const grid = { height: size, width: size, channels: 3 as const, patchSize };
  const data = denormalize(unpatchify(patches, grid), mean, std);
  return { width: size, height: size, channels: 3, data };
}

/** A picture of some examples as it was, as it was shown and as it was rebuilt; null where none was rebuilt. */
export function picturesOf(
  { patches, imagePlan }: HiddenExamples,
  { image }: RebuiltExamples,
  row: number,
  layout: PatchLayout,
) {
  if (!patches || !imagePlan || !image) return null;
  const rowOf = (array: NdArray) => Float32Array.from(takeRows(array, [row]).data);
  const views = viewsOf(rowOf(patches), rowOf(image), rowOf(imagePlan.mask), layout);
  const pictureOf = (view: 'original' | 'hidden' | 'rebuilt') => imageOf(views[view], layout);
  return {
    original: pictureOf('original'),
    hidden: pictureOf('hidden'),
    rebuilt: pictureOf('rebuilt'),
    error: views.error,
  };
}

/** One word piece of a caption in the gallery. */
export interface GalleryPiece {
  /** The true piece; `##x` continues a word. */
  readonly piece: string;
  readonly hidden: boolean;
  /** What the model puts in a hidden place, most likely first. */
  readonly guesses: readonly { readonly piece: string; readonly probability: number }[];
}

/** Guesses shown for a hidden place. */
const guessCount = 5;

/** Pieces of one caption, hidden and guessed. */
export function piecesOf(
  { tokenIds, paddingMask, textPlan }: HiddenExamples,
  { text }: RebuiltExamples,
  row: number,
  tokenizer?: Pick<Tokenizer, 'pieces'>,
): GalleryPiece[] {
  if (!tokenIds || !paddingMask || !textPlan || !text || !tokenizer) return [];
  const [, length, vocabSize] = text.shape;
  const maskRow = textPlan.mask.shape[0] === 1 ? 0 : row;
  const pieces: GalleryPiece[] = [];
  for (let place = 0; place < length!; place++) {
    const at = row * length! + place;
    if (paddingMask.data[at]) continue;
    const [piece] = tokenizer.pieces([tokenIds.data[at]!]);
    const hidden = textPlan.mask.data[maskRow * length! + place] === 1;
    const probabilities = text.data.subarray(at * vocabSize!, (at + 1) * vocabSize!);
    pieces.push({ piece: piece!, hidden, guesses: hidden ? topGuesses(probabilities, tokenizer) : [] });
  }
  return pieces;
}

function topGuesses(
  probabilities: NdArray['data'],
  tokenizer: Pick<Tokenizer, 'pieces'>,
): GalleryPiece['guesses'] {
  const order = Array.from(probabilities.keys()).sort((a, b) => probabilities[b]! - probabilities[a]!);
  return order
    .slice(0, guessCount)
    .map((id) => ({ piece: tokenizer.pieces([id])[0]!, probability: probabilities[id]! }));
}
