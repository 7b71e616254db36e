import type { RgbImage } from '@m3ae/preprocess';
import sharp from 'sharp';

/** A picture as the bytes of a PNG file. */
export function encodePng({ width, height, channels, data }: RgbImage): Promise<Buffer> {
  return sharp(data, { raw: { width, height, channels } }).png({ compressionLevel: 9 }).toBuffer();
}
