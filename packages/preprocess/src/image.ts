import { invalidField, requirePositiveInteger, requireRecord } from '@m3ae/errors';

/**
 * Eight-bit picture: row-major, interleaved, [height, width, channels].
 *
 * Channels: 1 is gray, 3 is red-green-blue, 4 is red-green-blue-alpha (alpha not multiplied in).
 */
export interface RgbImage {
  /** Columns, in pixels. */
  readonly width: number;
  /** Rows, in pixels. */
  readonly height: number;
  /** Values per pixel. */
  readonly channels: 1 | 3 | 4;
  /** [height, width, channels], 0 to 255. */
  readonly data: Uint8Array;
}

/** Width and height in pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** The size of a result in pixels: the side of a square, or width and height. */
export type SquareOrSize = number | Size;

/**
 * Width and height of a result.
 *
 * @throws InvalidInput unless both are positive integers.
 */
export function sizeOf(size: SquareOrSize): Size {
  const remedy = 'Give the size of the result in pixels: 256 for a square, or { width, height }.';
  if (typeof size === 'number') {
    requirePositiveInteger('size', size, remedy);
    return { width: size, height: size };
  }
  requireRecord('size', size, 'width, height', remedy);
  requirePositiveInteger('width', size.width, remedy);
  requirePositiveInteger('height', size.height, remedy);
  return size;
}

/** Whole-pixel rectangle inside an image. */
export interface CropBox {
  /** First column. */
  readonly left: number;
  /** First row. */
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

const fitRemedy = 'Pass the raw, interleaved pixels of the whole image.';

/**
 * Refuses an image whose size or data does not hold together.
 *
 * @throws RangeError if a side is not a positive integer, the channels are unknown, or the data has another length.
 */
export function checkImage(
  image: Omit<RgbImage, 'channels'> & { readonly channels: number },
  channels: readonly number[] = [1, 3, 4],
): void {
  requireRecord('image', image, 'width, height, channels, data', 'Decode the file first, e.g. with sharp.');
  requirePositiveInteger('image.width', image.width, 'An image needs at least one column.');
  requirePositiveInteger('image.height', image.height, 'An image needs at least one row.');
  if (!channels.includes(image.channels)) {
    throw invalidField(
      'image.channels',
      `one of ${channels.join(', ')}`,
      image.channels,
      'Convert with toRgb.',
    );
  }
  if (!(image.data instanceof Uint8Array || (image.data as unknown) instanceof Uint8ClampedArray)) {
    throw invalidField('image.data', 'a Uint8Array', image.data, fitRemedy);
  }
  const length = image.width * image.height * image.channels;
  if (image.data.length !== length) {
    const rule = `height * width * channels = ${length} values`;
    throw invalidField('image.data', rule, image.data.length, fitRemedy);
  }
}

/**
 * Refuses a crop that leaves the image.
 *
 * @throws RangeError if the box is not whole pixels inside the image.
 */
export function checkCropBox(image: Size, box: CropBox): void {
  requireRecord('box', box, 'left, top, width, height', 'Take it from randomResizedCropBox, or write it.');
  const { left, top, width, height } = box;
  const whole = [left, top, width, height].every(Number.isInteger);
  const inside = left >= 0 && top >= 0 && width >= 1 && height >= 1;
  if (!whole || !inside || left + width > image.width || top + height > image.height) {
    throw invalidField(
      'box',
      `whole pixels inside the ${image.width} x ${image.height} image`,
      `left ${left}, top ${top}, width ${width}, height ${height}`,
      'Clip the box to the image first.',
    );
  }
}
