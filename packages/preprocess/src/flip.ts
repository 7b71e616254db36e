import { checkImage, type RgbImage } from './image.js';

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
  for (let row = 0; row < height; row++) {
    let from = (row + 1) * width * channels - channels;
    let to = row * width * channels;
    for (let column = 0; column < width; column++, from -= channels, to += channels) {
      for (let channel = 0; channel < channels; channel++) data[to + channel] = source[from + channel]!;
    }
  }
  return { width, height, channels, data };
}
