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
