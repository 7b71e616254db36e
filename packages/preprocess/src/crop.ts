import { invalidField } from '@m3ae/errors';
import { checkCropBox, checkImage, type CropBox, type RgbImage, sizeOf, type SquareOrSize } from './image.js';
import { roundHalfEven } from './round.js';

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
