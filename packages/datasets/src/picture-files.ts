import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { invalidField, isInInterval, messageOf, requireOptions, unusable } from '@m3ae/errors';
import {
  centerCrop,
  normalizedPatches,
  type NormalizedPatchesOptions,
  resizeShorterSide,
  type RgbImage,
} from '@m3ae/preprocess';
import sharp, { type Metadata, type SharpOptions } from 'sharp';

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
 * profile; 16 bits become 8; of an animation the first frame is taken. (The reference's code turns alpha and CMYK
 * black.) Samples whose white is not known (floating point, signed, 32 bits, 12 bits stored in 16) are refused, as
 * a guess would make such a picture black or white without a word.
 *
 * @param input - A file path, or the bytes of a file: JPEG, PNG, WebP, GIF, TIFF or AVIF.
 * @returns The picture, row-major and interleaved: [height, width, 3].
 * @throws InvalidInput if `maxPixels` is not a positive number.
 * @throws InvalidInput if it is no picture, is truncated or damaged, has more than `maxPixels` pixels, more channels
 * than a colour and alpha, or samples of an unknown range.
 *
 * @example
 * ```ts
 * const { width, height } = await decodeImage('cat.jpg', { maxPixels: 20e6 });
 * ```
 */
export async function decodeImage(
  input: string | Uint8Array,
  options: DecodeOptions = {},
): Promise<RgbImage> {
  requireOptions(options, ['maxPixels'], 'Leave it out for 50 megapixels.');
  const { maxPixels = defaultMaxPixels } = options;
  if (typeof input !== 'string' && !(input instanceof Uint8Array))
    throw invalidField('input', 'a path, or the bytes of a file', input, 'Pass e.g. "cat.jpg".');
  if (!isInInterval(maxPixels, '[1, Infinity]')) {
    throw invalidField('maxPixels', 'a number above 0', maxPixels, 'Write 50 megapixels as 50e6.');
  }
  const limitInputPixels = Math.floor(Math.min(maxPixels, Number.MAX_SAFE_INTEGER));
  // 'truncated' still lets through what Pillow lets through, e.g. stray bytes before a marker.
  const reading: SharpOptions = { failOn: 'truncated', limitInputPixels, sequentialRead: true };
  try {
    if (mayBeDeep(input)) await refuseUnknownSamples(input, reading);
    const { data, info } = await sharp(input, reading)
      .autoOrient()
      .flatten({ background: '#ffffff' })
      .toColourspace('srgb')
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    const pixels = new Uint8Array(data.buffer, data.byteOffset, data.length);
    return { width: info.width, height: info.height, channels: 3, data: pixels };
  } catch (error) {
    const name = typeof input === 'string' ? input : 'The picture';
    throw unusable(`${name} cannot be decoded: ${await reasonOf(error, input, limitInputPixels)}`, {
      cause: error,
    });
  }
}

/** A picture's file, out of a larger one or from a server. */
export interface StoredPicture {
  readonly bytes: Uint8Array;
  /** What to call it. */
  readonly name: string;
}

/** {@link decodeImage}; a fault calls the picture by its name. */
export async function decodeStored({ bytes, name }: StoredPicture, maxPixels: number): Promise<RgbImage> {
  return decodeImage(bytes, { maxPixels }).catch((error: Error) => {
    throw unusable(error.message.replace(/^The picture/, name), { cause: error });
  });
}

/** Grey values, each three times: [pixels, 3]. */
export function replicated(grey: Uint8Array): Uint8Array<ArrayBuffer> {
  const data = new Uint8Array(3 * grey.length);
  grey.forEach((value, at) => data.fill(value, 3 * at, 3 * at + 3));
  return data;
}

/** How files begin that hold 8 bits a sample: JPEG, GIF, WebP. */
const shallow = /^(\xff\xd8\xff|GIF8|RIFF[^]{4}WEBP)/;

/** Whether samples may have more than 8 bits; reading the head of a small JPEG costs a fifth of decoding it. */
function mayBeDeep(input: string | Uint8Array): boolean {
  if (typeof input === 'string') return !/\.(jpe?g|webp|gif)$/i.test(input);
  return !shallow.test(String.fromCharCode(...input.subarray(0, 12)));
}

/** Kinds of samples of which no file says how much is white. */
const unknownSamples: Partial<Record<NonNullable<Metadata['depth']>, string>> = {
  char: 'signed 8-bit integers',
  short: 'signed 16-bit integers',
  int: 'signed 32-bit integers',
  uint: '32-bit integers',
  float: 'floating-point numbers',
  double: 'floating-point numbers',
  complex: 'complex numbers',
  dpcomplex: 'complex numbers',
};

/** Below this no 16-bit picture is white anywhere: its samples have 12 bits or fewer, and which is not known. */
const leastWhite = 4096;

async function refuseUnknownSamples(input: string | Uint8Array, options: SharpOptions): Promise<void> {
  const { depth, space, channels } = await sharp(input, options).metadata();
  const samples = unknownSamples[depth];
  if (samples !== undefined) {
    throw new Error(
      `its samples are ${samples}, and which of them is white is not known. Save it with 8 bits.`,
    );
  }
  const colours = space === 'cmyk' ? 4 : space === 'b-w' || space === 'grey16' ? 1 : 3;
  if (channels > colours + 1) {
    throw new Error(`it has ${channels} channels. Save it as grey or RGB, with or without alpha.`);
  }
  if (space !== 'grey16' && space !== 'rgb16') return;
  const { channels: measured } = await sharp(input, options).stats();
  const brightest = Math.max(...measured.slice(0, colours).map(({ max }) => max));
  if (brightest > 0 && brightest < leastWhite) {
    throw new Error(
      `its 16-bit samples end at ${brightest}, so that 12 bits or fewer seem to be in use, and how many is not known. Scale them to 16 bits, or save it with 8.`,
    );
  }
}

async function reasonOf(error: unknown, input: string | Uint8Array, limit: number): Promise<string> {
  const file = typeof input === 'string' ? await stat(input).catch(() => undefined) : undefined;
  const bytes = typeof input === 'string' ? file?.size : input.length;
  if (bytes === 0) return 'it is empty.'; // the usual end of a download that failed
  const lines = new Set(messageOf(error).trim().split('\n')); // libtiff may say the same for every strip
  const told = [...lines].join('; ');
  // The sentence begins with the file's path; libvips ends some of its own with it.
  const message = (typeof input === 'string' ? told.replace(`: ${input}`, '') : told).replace(/[:.]*$/, '.');
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

/** A picture as the bytes of a PNG file. */
export function encodePng({ width, height, channels, data }: RgbImage): Promise<Buffer> {
  return sharp(data, { raw: { width, height, channels } }).png({ compressionLevel: 9 }).toBuffer();
}

/** A picture of a person: a file's path, the bytes of a file, or pixels. */
export type PictureInput = string | Uint8Array | RgbImage;

async function readPicture(picture: PictureInput, name: string): Promise<RgbImage> {
  if (typeof picture === 'string' && !existsSync(picture)) {
    throw invalidField(name, 'a file', picture, 'Check the path.');
  }
  if (typeof picture !== 'string' && !(picture instanceof Uint8Array)) return picture;
  try {
    return await decodeImage(picture);
  } catch (error) {
    throw unusable(`${name} must be a picture; ${messageOf(error)}`, { cause: error });
  }
}

/**
 * One picture as an evaluation takes it: the shorter side resized, the center cut out, normalized, cut into patches.
 *
 * @param options - Side of the square in pixels, and what `normalizedPatches` takes.
 * @param name - Of the input, for messages.
 * @returns [patches, patchDim]
 * @throws InvalidInput if the file is missing or no picture.
 */
export async function preparePicture(
  picture: PictureInput,
  { size, ...patches }: { readonly size: number } & NormalizedPatchesOptions,
  name = 'picture',
): Promise<Float32Array> {
  const square = centerCrop(resizeShorterSide(await readPicture(picture, name), size), size);
  return normalizedPatches(square, patches);
}
