import { premultiply, unpremultiply } from './colors.js';
import { crop } from './crop-and-flip.js';
import { invalidField, requirePositiveInteger, requireRecord } from '@m3ae/errors';
import {
  checkCropBox,
  checkImage,
  type CropBox,
  type RgbImage,
  type Size,
  sizeOf,
  type SquareOrSize,
} from './image.js';
import { type Edges, type PixelWindow, resample } from './resample.js';

/** What {@link resize} makes. */
export interface ResizeOptions extends Size {
  /** Part of the image to read, in pixels from its top left corner; fractions allowed. Default: all of it. */
  readonly box?: Edges;
}

function checkEdges(image: Size, box: Edges): void {
  requireRecord('box', box, 'left, top, right, bottom', 'Leave it out to read the whole image.');
  const { left, top, right, bottom } = box;
  const ordered = left >= 0 && top >= 0 && right > left && bottom > top;
  if (!ordered || !(right <= image.width) || !(bottom <= image.height)) {
    const received = `left ${left}, top ${top}, right ${right}, bottom ${bottom}`;
    const rule = `a box with an area inside the ${image.width} x ${image.height} image`;
    throw invalidField('box', rule, received, 'Clip the box to the image first.');
  }
}

/** Bytes of the result; with alpha, the filter works on premultiplied colors. */
function resampleBytes(window: PixelWindow, box: Edges, { width, height }: Size): Uint8Array {
  const result = resample(window, box, width, height);
  if (window.channels === 4) unpremultiply(result);
  return result;
}

/** The whole of an image, its colors multiplied by alpha where it has one. */
function asWindow(image: RgbImage): PixelWindow {
  const { width, height, channels } = image;
  let { data } = image;
  if (channels === 4) {
    data = data.slice();
    premultiply(data);
  }
  return { data, offset: 0, rowStride: width * channels, width, height, channels };
}

/**
 * Antialiased bicubic resize, equal to Pillow's byte for byte.
 *
 * With `box`, only that part is scaled to the result, yet the filter still sees the pixels around it;
 * use {@link resizedCrop} for a crop whose edges must not see outside. Four channels are taken as
 * color with alpha and filtered premultiplied; convert other four-channel images with `toRgb` first.
 *
 * @param image - [height, width, channels].
 * @param options - Size of the result, and the box to read; a number is the side of a square.
 * @returns A new image with the same channels: [height, width, channels].
 * @throws RangeError if the image does not hold together, a size is not a positive integer, or the box leaves the image.
 *
 * @example
 * ```ts
 * const small = resize(image, { width: 256, height: 256, box: { left: 0.5, top: 0, right: 300.5, bottom: 300 } });
 * ```
 *
 * @see https://pillow.readthedocs.io/en/stable/reference/Image.html#PIL.Image.Image.resize
 */
export function resize(image: RgbImage, options: number | ResizeOptions): RgbImage {
  checkImage(image);
  const { width, height } = sizeOf(options);
  const whole = { left: 0, top: 0, right: image.width, bottom: image.height };
  const { box = whole } = typeof options === 'number' ? {} : options;
  checkEdges(image, box);
  const data = resampleBytes(asWindow(image), box, { width, height });
  return { width, height, channels: image.channels, data };
}

/**
 * Crops, then resizes the crop: torchvision's `resized_crop` with antialiased bicubic filter.
 *
 * The crop is read in place, without a copy; pixels outside it do not count.
 *
 * @param image - [height, width, channels].
 * @param box - Whole pixels inside the image, e.g. from `randomResizedCropBox`.
 * @param size - Size of the result: the side of a square, or width and height.
 * @returns A new image with the same channels: [height, width, channels].
 * @throws RangeError under the conditions of {@link resize}, or if the box is not whole pixels inside the image.
 *
 * @example
 * ```ts
 * const box = randomResizedCropBox(key(0), image);
 * const view = resizedCrop(image, box, 256);
 * ```
 */
export function resizedCrop(image: RgbImage, box: CropBox, size: SquareOrSize): RgbImage {
  checkImage(image);
  checkCropBox(image, box);
  const result = sizeOf(size);
  const { channels } = image;
  const { width, height } = box;
  const edges = { left: 0, top: 0, right: width, bottom: height };
  const rowStride = image.width * channels;
  const offset = box.top * rowStride + box.left * channels;
  const window =
    channels === 4
      ? asWindow(crop(image, box))
      : { data: image.data, offset, rowStride, width, height, channels };
  return { ...result, channels, data: resampleBytes(window, edges, result) };
}

/**
 * Resizes so that the shorter side has a given length, as torchvision's `Resize(size)` does.
 *
 * The longer side is truncated to whole pixels, not rounded.
 *
 * @param image - [height, width, channels].
 * @param size - Length of the shorter side, in pixels.
 * @returns A new image with the same channels.
 * @throws RangeError under the conditions of {@link resize}.
 *
 * @example
 * ```ts
 * resizeShorterSide(image, 256); // 500 x 400 -> 320 x 256
 * ```
 */
export function resizeShorterSide(image: RgbImage, size: number): RgbImage {
  checkImage(image);
  requirePositiveInteger('size', size, 'Give the length of the shorter side in pixels.');
  const { width, height } = image;
  if (width <= height) return resize(image, { width: size, height: Math.trunc((size * height) / width) });
  return resize(image, { width: Math.trunc((size * width) / height), height: size });
}
