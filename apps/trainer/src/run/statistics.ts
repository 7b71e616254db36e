import { measureChannels } from '@m3ae/datasets';
import type { ChannelStatistics } from '@m3ae/preprocess';
import { key } from '@m3ae/random';
import type { TrainerConfig } from '../config/schema.js';
import type { Part } from './parts.js';

/** Pictures that are looked at: enough for three decimals. */
const sampleSize = 512;

/** Statistics over a fixed sample of the training part, rounded; a channel of one value gets a deviation that divides. */
async function measure({ dataset }: Part): Promise<ChannelStatistics> {
  const { mean, std } = await measureChannels(dataset, {
    limit: sampleSize,
    key: key(0),
    skipUnreadable: true,
  });
  const rounded = (values: readonly number[]) => values.map((value) => Number(value.toFixed(4)));
  return { mean: rounded(mean), std: rounded(std.map((value) => Math.max(0.01, value))) };
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
