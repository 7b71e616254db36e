import { invalidField, requireRecord } from '@m3ae/errors';
import { checkImage, type RgbImage } from './image.js';
import { type ChannelStatistics, checkStatistics, lookUp, normalizedBytes } from './normalize.js';
import { checkGrid, eachPatchRow } from './patchify.js';
import { pixelKernel } from './pixel-kernel.js';

function checkTarget(target: Float32Array, offset: number, length: number): void {
  if (!(target instanceof Float32Array)) {
    throw invalidField('target', 'a Float32Array', target, 'Leave it out for a new one.');
  }
  if (!Number.isInteger(offset) || offset < 0 || offset + length > target.length) {
    const rule = `an integer from 0 to target.length - ${length} = ${target.length - length}`;
    throw invalidField('offset', rule, offset, 'Make the target large enough for the whole batch.');
  }
}

/** What {@link normalizedPatches} needs beside the image. */
export interface NormalizedPatchesOptions extends ChannelStatistics {
  /** Side of a patch, in pixels; divides both sides of the image. */
  readonly patchSize: number;
  /** Whether to mirror the image first, left for right. Default: false. */
  readonly mirror?: boolean;
}

/**
 * `patchify(normalize(image))`, of the mirrored image on demand, optionally straight into a place of a batch.
 *
 * @param image - [height, width, channels].
 * @param options - Patch size and statistics.
 * @param target - Where to write; default: a new array of the right length.
 * @param offset - Index in `target` of the first value.
 * @returns `target`, with [patches, patchDim] written from `offset` on.
 * @throws RangeError under the conditions of {@link normalize} and {@link patchify}, or if the target is too short.
 *
 * @example
 * ```ts
 * const batch = new Float32Array(4 * 256 * 768);
 * images.forEach((image, i) => normalizedPatches(image, { patchSize: 16, mean, std }, batch, i * 256 * 768));
 * ```
 */
export function normalizedPatches(
  image: RgbImage,
  options: NormalizedPatchesOptions,
  target?: Float32Array,
  offset = 0,
): Float32Array {
  checkImage(image);
  const { channels, height, width } = image;
  requireRecord(
    'options',
    options,
    'patchSize, mean, std, mirror',
    'Write { patchSize: 16, ...channelStatistics.imagenet }.',
  );
  const { mean, std, patchSize, mirror = false } = options;
  checkStatistics(channels, mean, std);
  const values = target ?? new Float32Array(image.data.length);
  checkTarget(values, offset, image.data.length);
  const grid = { height, width, channels, patchSize };
  checkGrid(grid);
  const table = normalizedBytes(channels, mean, std);
  const made = channels === 3 ? pixelKernel()?.patches(image.data, grid, table, mirror) : undefined;
  if (made) {
    values.set(made, offset);
    return values;
  }
  const [rowLength, step] = [width * channels, mirror ? -channels : channels];
  eachPatchRow(grid, (inImage, inPatches) => {
    // What stands as far from the left end of its row stands as far from the right one in the mirror.
    const start = mirror ? inImage + rowLength - channels - 2 * (inImage % rowLength) : inImage;
    lookUp(image.data, start, patchSize, step, table, values, offset + inPatches);
  });
  return values;
}
