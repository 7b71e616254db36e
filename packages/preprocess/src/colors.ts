import { invalidField, requireOptions } from '@m3ae/errors';
import { checkImage, type RgbImage } from './image.js';

/** Eight-bit pixels as a decoder hands them over: [height, width, channels]. */
export interface DecodedImage extends Omit<RgbImage, 'channels'> {
  /** 1 gray, 2 gray and alpha, 3 red-green-blue, 4 with alpha or, if `ToRgbOptions.cmyk` says so, inks. */
  readonly channels: 1 | 2 | 3 | 4;
}

/** How {@link toRgb} reads the channels. */
export interface ToRgbOptions {
  /**
   * What four channels are. `false`: red, green, blue, alpha. `'plain'`: cyan, magenta, yellow, black, 255 = full ink.
   * `'inverted'`: the same with 0 = full ink, as Adobe writes JPEG. Default: `false`.
   */
  readonly cmyk?: false | 'plain' | 'inverted';
  /** Gray level, 0 to 255, on which transparent pixels are laid. Default: 255, white. */
  readonly background?: number;
}

/** An image of three channels. */
export interface ThreeChannelImage extends RgbImage {
  readonly channels: 3;
}

/**
 * Makes red, green and blue out of any eight-bit picture.
 *
 * Gray is replicated, alpha is laid over white, inks are converted. The reference turned every four-channel
 * picture black; this is the mended rule.
 *
 * @param image - [height, width, channels] with 1 to 4 channels.
 * @param options - Meaning of four channels, and the background.
 * @returns [height, width, 3]; an image that has three channels is returned as it is.
 * @throws RangeError if the image does not hold together, or an option is out of range.
 *
 * @example
 * ```ts
 * toRgb({ width: 1, height: 1, channels: 2, data: Uint8Array.of(0, 128) }).data; // 127, 127, 127
 * ```
 */
export function toRgb(image: DecodedImage, options: ToRgbOptions = {}): ThreeChannelImage {
  requireOptions(options, ['cmyk', 'background'], 'Leave it out for red, green, blue and alpha.');
  const { cmyk = false, background = 255 } = options;
  checkImage(image, [1, 2, 3, 4]);
  if (!Number.isInteger(background) || background < 0 || background > 255) {
    throw invalidField('background', 'a whole number from 0 to 255', background, 'White is 255.');
  }
  if (cmyk !== false && image.channels !== 4) {
    throw invalidField(
      'cmyk',
      'false unless the image has 4 channels',
      cmyk,
      'Read the color space from the file.',
    );
  }
  const { width, height, channels, data } = image;
  if (channels === 3) return { width, height, channels, data };
  const rgb = new Uint8Array(width * height * 3);
  if (channels !== 4) fromGray(data, rgb, channels, background);
  else if (cmyk === false) fromRgba(data, rgb, background);
  else fromCmyk(data, rgb, cmyk === 'inverted' ? 255 : 0);
  return { width, height, channels: 3, data: rgb };
}

/** `value` with weight `alpha`, `background` with the rest, all bytes; rounded, exact. */
function over(value: number, alpha: number, background: number): number {
  const sum = value * alpha + background * (255 - alpha) + 128;
  return ((sum >> 8) + sum) >> 8;
}

function fromGray(data: Uint8Array, rgb: Uint8Array, channels: number, background: number): void {
  for (let from = 0, to = 0; to < rgb.length; from += channels, to += 3) {
    const gray = channels === 2 ? over(data[from]!, data[from + 1]!, background) : data[from]!;
    rgb[to] = gray;
    rgb[to + 1] = gray;
    rgb[to + 2] = gray;
  }
}

function fromRgba(data: Uint8Array, rgb: Uint8Array, background: number): void {
  for (let from = 0, to = 0; to < rgb.length; from += 4, to += 3) {
    const alpha = data[from + 3]!;
    rgb[to] = over(data[from]!, alpha, background);
    rgb[to + 1] = over(data[from + 1]!, alpha, background);
    rgb[to + 2] = over(data[from + 2]!, alpha, background);
  }
}

/** Light left by each ink on what the black ink leaves; the arithmetic is Pillow's. */
function fromCmyk(data: Uint8Array, rgb: Uint8Array, flip: 0 | 255): void {
  for (let from = 0, to = 0; to < rgb.length; from += 4, to += 3) {
    const light = 255 - (data[from + 3]! ^ flip);
    rgb[to] = light - over(data[from]! ^ flip, light, 0);
    rgb[to + 1] = light - over(data[from + 1]! ^ flip, light, 0);
    rgb[to + 2] = light - over(data[from + 2]! ^ flip, light, 0);
  }
}

/**
 * Colors times alpha, so that the color of an invisible pixel cannot leak into its neighbors.
 *
 * @param rgba - [pixels, 4]; changed in place.
 */
export function premultiply(rgba: Uint8Array): void {
  for (let i = 0; i < rgba.length; i += 4) {
    const alpha = rgba[i + 3]!;
    if (alpha === 255) continue;
    rgba[i] = over(rgba[i]!, alpha, 0);
    rgba[i + 1] = over(rgba[i + 1]!, alpha, 0);
    rgba[i + 2] = over(rgba[i + 2]!, alpha, 0);
  }
}

/**
 * The inverse of {@link premultiply}, fractions dropped as Pillow does.
 *
 * @param rgba - [pixels, 4]; changed in place.
 */
export function unpremultiply(rgba: Uint8Array): void {
  for (let i = 0; i < rgba.length; i += 4) {
    const alpha = rgba[i + 3]!;
    if (alpha === 255 || alpha === 0) continue;
    for (let channel = i; channel < i + 3; channel++) {
      rgba[channel] = Math.min(255, Math.trunc((255 * rgba[channel]!) / alpha));
    }
  }
}
