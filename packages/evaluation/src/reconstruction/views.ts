import { denormalize, type RgbImage, unpatchify } from '@m3ae/preprocess';

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
export interface Views {
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
