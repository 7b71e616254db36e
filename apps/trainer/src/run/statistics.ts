import { permutation, key } from '@m3ae/random';
import type { TrainerConfig } from '../config/schema.js';
import type { Part } from './parts.js';

/** Mean and deviation of each channel, for values in [0, 1]. */
export interface ChannelStatistics {
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** Pictures that are looked at: enough for three decimals. */
const sampleSize = 512;

/** Statistics over a fixed sample of the training part; files that cannot be decoded are passed over. */
async function measure({ dataset, indices }: Part): Promise<ChannelStatistics> {
  const order = permutation(key(0), indices.length).slice(0, sampleSize);
  const sum = [0, 0, 0];
  const square = [0, 0, 0];
  let pictures = 0;
  for (const place of order) {
    const picture = await dataset.image(indices[place]!).catch(() => null);
    if (picture === null) continue;
    pictures++;
    const { data, channels } = picture;
    const pixels = data.length / channels;
    // Each picture counts the same, whatever its size.
    for (let at = 0; at < data.length; at++) {
      const channel = channels === 3 ? at % 3 : 0;
      const value = data[at]! / 255;
      sum[channel]! += value / pixels;
      square[channel]! += (value * value) / pixels;
    }
  }
  const mean = sum.map((total) => total / Math.max(1, pictures));
  const std = square.map((total, channel) =>
    Math.sqrt(Math.max(1e-4, total / Math.max(1, pictures) - mean[channel]! ** 2)),
  );
  const rounded = (values: readonly number[]) => values.map((value) => Number(value.toFixed(4)));
  return { mean: rounded(mean), std: rounded(std) };
}

/** The statistics that a config gives, or those of its training pictures. */
export async function channelStatisticsFor(
  { image }: TrainerConfig,
  train: Part,
): Promise<ChannelStatistics> {
  if (image.mean !== 'data' && image.std !== 'data') return { mean: image.mean, std: image.std };
  const measured = await measure(train);
  return {
    mean: image.mean === 'data' ? measured.mean : image.mean,
    std: image.std === 'data' ? measured.std : image.std,
  };
}
