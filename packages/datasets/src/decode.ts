import type { RgbImage } from '@m3ae/preprocess';
import sharp from 'sharp';
import { datasetError, messageOf } from './errors.js';

/** Limits on what is decoded. */
export interface DecodeOptions {
  /** Pictures with more pixels are refused before any is decoded. Default 50 million. */
  readonly maxPixels?: number;
}

/** The default of {@link DecodeOptions.maxPixels}. */
export const defaultMaxPixels = 50_000_000;

/**
 * Decodes a picture file to 8-bit RGB.
 *
 * The EXIF orientation is applied; grey is replicated; alpha is blended over white; CMYK is converted through its
 * profile; 16 bits become 8; of an animation the first frame is taken (spec Q15: the reference turned alpha and CMYK black).
 *
 * @param input - A file path, or the bytes of a file: JPEG, PNG, WebP, GIF, TIFF, AVIF or SVG.
 * @returns The picture, row-major and interleaved: [height, width, 3].
 * @throws DatasetError if it is no picture, is truncated or damaged, or has more than `maxPixels` pixels.
 *
 * @example
 * ```ts
 * const { width, height } = await decodeImage('cat.jpg', { maxPixels: 20e6 });
 * ```
 */
export async function decodeImage(
  input: string | Uint8Array,
  { maxPixels = defaultMaxPixels }: DecodeOptions = {},
): Promise<RgbImage> {
  const name = typeof input === 'string' ? input : 'the picture';
  try {
    // 'truncated' still lets through what Pillow lets through, e.g. stray bytes before a marker.
    const picture = sharp(input, { failOn: 'truncated', limitInputPixels: false, sequentialRead: true });
    const { width, height } = await picture.metadata();
    if (width * height > maxPixels) {
      throw datasetError(
        `it has ${width} x ${height} = ${megapixels(width * height)} megapixels, the limit is ${megapixels(maxPixels)}. ` +
          'Shrink it, or raise maxPixels',
      );
    }
    const { data, info } = await picture
      .autoOrient()
      .flatten({ background: '#ffffff' })
      .toColourspace('srgb')
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    return {
      width: info.width,
      height: info.height,
      channels: 3,
      data: new Uint8Array(data.buffer, data.byteOffset, data.length),
    };
  } catch (error) {
    throw datasetError(`${name} cannot be decoded: ${messageOf(error).trim()}.`, error);
  }
}

function megapixels(pixels: number): string {
  return (pixels / 1e6).toFixed(1).replace(/\.0$/, '');
}
