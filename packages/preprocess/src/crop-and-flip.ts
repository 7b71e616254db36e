import { invalidField, requireList, requirePositiveInteger, requireRecord } from '@m3ae/errors';
import { type RngKey, uniform } from '@m3ae/random';
import {
  checkCropBox,
  checkImage,
  type CropBox,
  type RgbImage,
  type Size,
  sizeOf,
  type SquareOrSize,
} from './image.js';

/**
 * Copies a rectangle out of an image.
 *
 * @param image - [height, width, channels].
 * @param box - Whole pixels inside the image.
 * @returns A new image with the same channels: [box.height, box.width, channels].
 * @throws RangeError if the image does not hold together or the box leaves it.
 *
 * @example
 * ```ts
 * crop(image, { left: 10, top: 0, width: 64, height: 64 });
 * ```
 */
export function crop(image: RgbImage, box: CropBox): RgbImage {
  checkImage(image);
  checkCropBox(image, box);
  const { channels } = image;
  const { left, top, width, height } = box;
  const run = width * channels;
  const data = new Uint8Array(height * run);
  for (let row = 0; row < height; row++) {
    const start = ((top + row) * image.width + left) * channels;
    data.set(image.data.subarray(start, start + run), row * run);
  }
  return { width, height, channels, data };
}

/**
 * Cuts the middle out of an image, as torchvision's `CenterCrop` does; halves round to the even pixel.
 *
 * @param image - [height, width, channels], at least as large as the result.
 * @param size - Size of the result: the side of a square, or width and height.
 * @returns A new image with the same channels: [height, width, channels].
 * @throws RangeError if the result would be larger than the image.
 *
 * @example
 * ```ts
 * centerCrop(resizeShorterSide(image, 256), 256);
 * ```
 */
export function centerCrop(image: RgbImage, size: SquareOrSize): RgbImage {
  checkImage(image);
  const { width, height } = sizeOf(size);
  if (width > image.width || height > image.height) {
    const rule = `at most the image's ${image.width} x ${image.height}`;
    throw invalidField('size', rule, `${width} x ${height}`, 'Resize the shorter side first.');
  }
  const left = roundHalfEven((image.width - width) / 2);
  const top = roundHalfEven((image.height - height) / 2);
  return crop(image, { left, top, width, height });
}

/** Smallest and largest value of a range. */
export type Range = readonly [minimum: number, maximum: number];

/** Shapes a random crop may take. */
export interface RandomCropOptions {
  /** Share of the image's area, in (0, 1]. Default: [0.2, 1], as in pre-training. */
  readonly area?: Range;
  /** Width over height, drawn log-uniformly. Default: [3/4, 4/3]. */
  readonly aspect?: Range;
}

const tries = 10;
const drawsPerTry = 4;

function checkRange(field: string, range: Range, limit: number, remedy: string): void {
  requireList(field, range, 'Write [minimum, maximum].');
  const [minimum, maximum] = range;
  if (!(minimum > 0 && minimum <= maximum && maximum <= limit)) {
    const rule =
      limit === Infinity ? '[minimum, maximum], both above 0' : `[minimum, maximum] within (0, ${limit}]`;
    throw invalidField(field, rule, `[${minimum}, ${maximum}]`, remedy);
  }
}

/** The largest centered box of an allowed aspect: what is left when no try fits. */
function centralBox({ width, height }: Size, [narrowest, widest]: Range): CropBox {
  const ratio = width / height;
  const boxWidth = ratio > widest ? Math.max(1, roundHalfEven(height * widest)) : width;
  const boxHeight = ratio < narrowest ? Math.max(1, roundHalfEven(width / narrowest)) : height;
  const left = Math.floor((width - boxWidth) / 2);
  const top = Math.floor((height - boxHeight) / 2);
  return { left, top, width: boxWidth, height: boxHeight };
}

/**
 * Draws the box of a RandomResizedCrop.
 *
 * Up to ten times, an area and an aspect are drawn; the first that fits is placed uniformly.
 * If none fits, the result is the largest centered box of an allowed aspect.
 *
 * @param key - Random key; the same key always gives the same box.
 * @param size - Size of the image, in pixels.
 * @param options - Ranges of area and aspect.
 * @returns Whole pixels inside the image, for `resizedCrop`.
 * @throws RangeError if a size is not a positive integer or a range is empty or out of bounds.
 *
 * @example
 * ```ts
 * const box = randomResizedCropBox(key(0), image, { area: [0.2, 1] });
 * const view = resizedCrop(image, box, { width: 256, height: 256 });
 * ```
 *
 * @see torchvision.transforms.RandomResizedCrop.get_params, whose rule this is (its random stream is not)
 */
export function randomResizedCropBox(key: RngKey, size: Size, options: RandomCropOptions = {}): CropBox {
  requireRecord('size', size, 'width, height', 'Pass the image itself, or its size.');
  requireRecord('options', options, 'area, aspect', 'Leave it out for those of pre-training.');
  const { area = [0.2, 1], aspect = [3 / 4, 4 / 3] } = options;
  const { width, height } = size;
  requirePositiveInteger('width', width, 'Give the size of the image in pixels.');
  requirePositiveInteger('height', height, 'Give the size of the image in pixels.');
  checkRange('area', area, 1, 'Write the whole image as 1.');
  checkRange('aspect', aspect, Infinity, 'Write three to four as 3 / 4.');
  const draws = uniform(key, tries * drawsPerTry);
  const logFrom = Math.log(aspect[0]);
  const logSpan = Math.log(aspect[1]) - logFrom;
  for (let at = 0; at < draws.length; at += drawsPerTry) {
    const pixels = width * height * (area[0] + (area[1] - area[0]) * draws[at]!);
    const ratio = Math.exp(logFrom + logSpan * draws[at + 1]!);
    const boxWidth = roundHalfEven(Math.sqrt(pixels * ratio));
    const boxHeight = roundHalfEven(Math.sqrt(pixels / ratio));
    if (boxWidth < 1 || boxWidth > width || boxHeight < 1 || boxHeight > height) continue;
    const top = Math.floor(draws[at + 2]! * (height - boxHeight + 1));
    const left = Math.floor(draws[at + 3]! * (width - boxWidth + 1));
    return { left, top, width: boxWidth, height: boxHeight };
  }
  return centralBox(size, aspect);
}

/**
 * Mirrors an image, left for right.
 *
 * @param image - [height, width, channels].
 * @returns A new image of the same size.
 * @throws RangeError if the image does not hold together.
 *
 * @example
 * ```ts
 * const view = flip ? flipHorizontal(image) : image;
 * ```
 */
export function flipHorizontal(image: RgbImage): RgbImage {
  checkImage(image);
  const { width, height, channels, data: source } = image;
  const data = new Uint8Array(source.length);
  const rowLength = width * channels;
  for (let end = rowLength; end <= data.length; end += rowLength) {
    let from = end - channels;
    const start = end - rowLength;
    if (channels === 3) {
      // The usual case, unrolled: it is done to every second picture of a training.
      for (let to = start; to < end; to += 3, from -= 3) {
        data[to] = source[from]!;
        data[to + 1] = source[from + 1]!;
        data[to + 2] = source[from + 2]!;
      }
    } else {
      for (let to = start; to < end; to += channels, from -= channels) {
        for (let channel = 0; channel < channels; channel++) data[to + channel] = source[from + channel]!;
      }
    }
  }
  return { width, height, channels, data };
}

/** Nearest integer, halves to the even one: Python's `round`, on which the crops of torchvision rest. */
function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return rest < 0.5 ? floor : floor + 1;
  return floor % 2 === 0 ? floor : floor + 1;
}
