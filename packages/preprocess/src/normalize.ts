import { invalidField, requireList } from '@m3ae/errors';
import { checkImage, type RgbImage } from './image.js';

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

export function checkStatistics(channels: number, mean: ChannelValues, std: ChannelValues): void {
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
 * All 256 results for each channel, in float32 steps as torchvision's ToTensor and Normalize take them.
 *
 * @returns [channels, 256].
 */
export function normalizedBytes(channels: number, mean: ChannelValues, std: ChannelValues): Float32Array {
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
export function lookUp(
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
