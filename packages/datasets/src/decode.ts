import type { RgbImage } from '@m3ae/preprocess';
import sharp from 'sharp';
import { datasetError, invalidField, messageOf } from './errors.js';

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
 * profile; 16 bits become 8; of an animation the first frame is taken. (The reference turned alpha and CMYK black:
 * spec Q15.)
 *
 * @param input - A file path, or the bytes of a file: JPEG, PNG, WebP, GIF, TIFF or AVIF.
 * @returns The picture, row-major and interleaved: [height, width, 3].
 * @throws RangeError if `maxPixels` is not a positive number.
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
  if (!(maxPixels >= 1)) {
    throw invalidField('maxPixels', 'a number above 0', maxPixels, 'Write 50 megapixels as 50e6.');
  }
  const limitInputPixels = Math.floor(Math.min(maxPixels, Number.MAX_SAFE_INTEGER));
  try {
    // 'truncated' still lets through what Pillow lets through, e.g. stray bytes before a marker.
    const { data, info } = await sharp(input, { failOn: 'truncated', limitInputPixels, sequentialRead: true })
      .autoOrient()
      .flatten({ background: '#ffffff' })
      .toColourspace('srgb')
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    const pixels = new Uint8Array(data.buffer, data.byteOffset, data.length);
    return { width: info.width, height: info.height, channels: 3, data: pixels };
  } catch (error) {
    const name = typeof input === 'string' ? input : 'The picture';
    throw datasetError(`${name} cannot be decoded: ${await reasonOf(error, input, limitInputPixels)}`, error);
  }
}

async function reasonOf(error: unknown, input: string | Uint8Array, limit: number): Promise<string> {
  const told = messageOf(error).trim().replaceAll('\n', '; ');
  // The sentence begins with the file's path; libvips ends some of its own with it.
  const message = (typeof input === 'string' ? told.replace(`: ${input}`, '') : told).replace(/\.?$/, '.');
  // libvips keeps its messages in one place for all threads: when two files fail at once, one may find it empty.
  if (/^(unknown error)?\.$/i.test(message)) return 'it is damaged or truncated.';
  if (!message.includes('exceeds pixel limit')) return message;
  const { width, height } = await sharp(input, { limitInputPixels: false }).metadata();
  const size = `${width} x ${height} = ${megapixels(width * height)} megapixels`;
  return `it has ${size} and the limit is ${megapixels(limit)}. Shrink it, or raise maxPixels.`;
}

function megapixels(pixels: number): string {
  return (pixels / 1e6).toFixed(1).replace(/\.0$/, '');
}
