import { invalidField, requireList, requireRecord } from '@m3ae/errors';
import { checkImage, type RgbImage } from './image.js';
import { checkGrid, eachPatchRow } from './patchify.js';
import { pixelKernel } from './pixel-kernel.js';

/** One number per channel. */
export type ChannelValues = readonly number[];

/** Mean and standard deviation of each channel, for values from 0 to 1. */
export interface ChannelStatistics {
  readonly mean: ChannelValues;
  readonly std: ChannelValues;
}

/**
 * Statistics the reference normalizes with, red, green, blue.
 *
 * `cc12m` is its default for image-text data, `imagenet` for ImageNet; `none` leaves values from 0 to 1.
 */
export const channelStatistics = {
  cc12m: { mean: [0.5762, 0.5503, 0.5213], std: [0.3207, 0.3169, 0.3307] },
  imagenet: { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
  none: { mean: [0, 0, 0], std: [1, 1, 1] },
} as const satisfies Record<string, ChannelStatistics>;

function checkStatistics(channels: number, mean: ChannelValues, std: ChannelValues): void {
  const remedy = 'Take both from channelStatistics, e.g. channelStatistics.imagenet.';
  const unit = 'Values count from 0 to 1.';
  requireList('mean', mean, remedy);
  requireList('std', std, remedy);
  if (mean.length !== channels || !mean.every(Number.isFinite)) {
    throw invalidField('mean', `${channels} finite numbers, one per channel`, `[${mean}]`, unit);
  }
  if (std.length !== channels || !std.every((value) => Number.isFinite(value) && value > 0)) {
    throw invalidField('std', `${channels} numbers above 0, one per channel`, `[${std}]`, unit);
  }
}

/**
 * Bytes to floats: (byte / 255 - mean) / std, channel by channel.
 *
 * @param image - [height, width, channels].
 * @param mean - Mean per channel, for values from 0 to 1: [channels].
 * @param std - Standard deviation per channel: [channels].
 * @returns [height, width, channels].
 * @throws RangeError if the statistics do not have one number per channel, or a deviation is not above 0.
 *
 * @example
 * ```ts
 * const { mean, std } = channelStatistics.cc12m;
 * const values = normalize(image, mean, std);
 * ```
 */
export function normalize(image: RgbImage, mean: ChannelValues, std: ChannelValues): Float32Array {
  checkImage(image);
  const { channels, data } = image;
  checkStatistics(channels, mean, std);
  const values = new Float32Array(data.length);
  const table = normalizedBytes(channels, mean, std);
  lookUp(data, 0, data.length / channels, channels, table, values, 0);
  return values; // [height, width, channels]
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
  const remedy = 'Write { patchSize: 16, ...channelStatistics.imagenet }.';
  requireRecord('options', options, 'patchSize, mean, std, mirror', remedy);
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

/**
 * Floats back to bytes: round(255 * (value * std + mean)), clipped to 0..255. For looking at results.
 *
 * @param values - Normalized values whose last axis is the channel: [..., channels].
 * @param mean - The mean they were normalized with: [channels].
 * @param std - The standard deviation they were normalized with: [channels].
 * @returns Bytes in the same order: [..., channels].
 * @throws RangeError under the conditions of {@link normalize}, or if the length is not a multiple of the channels.
 *
 * @example
 * ```ts
 * const data = denormalize(unpatchify(rebuilt, grid), mean, std);
 * ```
 */
export function denormalize(values: Float32Array, mean: ChannelValues, std: ChannelValues): Uint8Array {
  requireList('values', values, 'Pass the normalized values themselves.');
  const channels = Array.isArray(mean) ? mean.length : 0;
  checkStatistics(channels, mean, std);
  if (channels === 0 || values.length % channels !== 0) {
    const rule = `a multiple of the ${channels} channels long`;
    throw invalidField('values', rule, values.length, 'The channel must be the last axis.');
  }
  const bytes = new Uint8ClampedArray(values.length); // rounds and clips on assignment
  for (let i = 0; i < values.length; i++) {
    const channel = i % channels;
    bytes[i] = 255 * (values[i]! * std[channel]! + mean[channel]!);
  }
  return new Uint8Array(bytes.buffer);
}

/** All 256 results for each channel, in float32 steps as torchvision's ToTensor and Normalize take them: [channels, 256]. */
function normalizedBytes(channels: number, mean: ChannelValues, std: ChannelValues): Float32Array {
  const table = new Float32Array(channels * 256);
  for (let channel = 0; channel < channels; channel++) {
    const center = Math.fround(mean[channel]!);
    const spread = Math.fround(std[channel]!);
    for (let byte = 0; byte < 256; byte++) {
      const share = Math.fround(byte / 255);
      table[channel * 256 + byte] = Math.fround(share - center) / spread;
    }
  }
  return table;
}

/** Some pixels of [pixels, channels], `step` values from one to the next, through a table [channels, 256], written from `place` on. */
function lookUp(
  bytes: Uint8Array,
  start: number,
  pixels: number,
  step: number,
  table: Float32Array,
  target: Float32Array,
  place: number,
): void {
  const channels = table.length / 256;
  const end = place + pixels * channels;
  if (channels === 3) {
    for (let from = start; place < end; from += step, place += 3) {
      target[place] = table[bytes[from]!]!;
      target[place + 1] = table[256 + bytes[from + 1]!]!;
      target[place + 2] = table[512 + bytes[from + 2]!]!;
    }
    return;
  }
  for (let from = start; place < end; from += step) {
    for (let channel = 0; channel < channels; channel++) {
      target[place++] = table[channel * 256 + bytes[from + channel]!]!;
    }
  }
}

function checkTarget(target: Float32Array, offset: number, length: number): void {
  if (!(target instanceof Float32Array)) {
    throw invalidField('target', 'a Float32Array', target, 'Leave it out for a new one.');
  }
  if (!Number.isInteger(offset) || offset < 0 || offset + length > target.length) {
    const rule = `an integer from 0 to target.length - ${length} = ${target.length - length}`;
    throw invalidField('offset', rule, offset, 'Make the target large enough for the whole batch.');
  }
}
