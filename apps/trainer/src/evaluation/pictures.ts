import type { PatchLayout } from '@m3ae/evaluation/reconstruction';
import type { RgbImage } from '@m3ae/preprocess';
import sharp from 'sharp';
import type { TrainerConfig } from '../config/schema.js';
import type { ChannelStatistics } from '../run/statistics.js';

/** Layout of the pictures of a config. */
export function layoutOf({ image, loss }: TrainerConfig, { mean, std }: ChannelStatistics): PatchLayout {
  return { size: image.size, patchSize: image.patchSize, mean, std, normalizeTargets: loss.normalizeTargets };
}

/** A picture as PNG bytes. */
export function encodePng({ width, height, channels, data }: RgbImage): Promise<Buffer> {
  return sharp(data, { raw: { width, height, channels } }).png({ compressionLevel: 9 }).toBuffer();
}
