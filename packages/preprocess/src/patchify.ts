import { invalidField, requirePositiveInteger, requireRecord } from '@m3ae/errors';

/** Geometry of an image and of the patches it is cut into. */
export interface PatchGrid {
  /** Rows of the image, in pixels; a multiple of `patchSize`. */
  readonly height: number;
  /** Columns of the image, in pixels; a multiple of `patchSize`. */
  readonly width: number;
  /** Values per pixel: 1, 3 or 4 as a rule; any positive integer works. */
  readonly channels: number;
  /** Side of a square patch, in pixels. */
  readonly patchSize: number;
}

/** Values of an image, either whole bytes or normalized floats. */
export type PixelValues = Float32Array | Uint8Array;

/** @throws RangeError if a side is no positive integer, or no multiple of `patchSize`. */
export function checkGrid(grid: PatchGrid): void {
  const remedy = 'Write e.g. { height: 256, width: 256, channels: 3, patchSize: 16 }.';
  requireRecord('grid', grid, 'height, width, channels, patchSize', remedy);
  const { height, width, channels, patchSize } = grid;
  requirePositiveInteger('patchSize', patchSize, 'The models use 16.');
  requirePositiveInteger('channels', channels, 'Write 3 for red, green, blue.');
  for (const [name, side] of Object.entries({ height, width })) {
    requirePositiveInteger(name, side, 'Give the size in pixels.');
    if (side % patchSize !== 0) {
      const near = Math.max(1, Math.round(side / patchSize)) * patchSize;
      throw invalidField(name, `a multiple of patchSize (${patchSize})`, side, `The nearest is ${near}.`);
    }
  }
}

function checkLength(field: string, values: PixelValues, { height, width, channels }: PatchGrid): void {
  if (!(values instanceof Float32Array || values instanceof Uint8Array)) {
    throw invalidField(field, 'a Float32Array or a Uint8Array', values, 'Pass the values of one image.');
  }
  const length = height * width * channels;
  if (values.length !== length) {
    const rule = `height * width * channels = ${length} values`;
    throw invalidField(field, rule, values.length, 'Pass one image, without a batch axis.');
  }
}

/** A new array of the same kind, so that bytes stay bytes. */
function emptyLike<Values extends PixelValues>(values: Values): Values {
  const Kind = values.constructor as new (length: number) => Values;
  return new Kind(values.length);
}

/**
 * Calls `copy(inImage, inPatches, length)` for every run of values that is contiguous in both layouts:
 * one row of one patch. Patches come in raster order.
 */
export function eachPatchRow(
  { height, width, channels, patchSize }: PatchGrid,
  copy: (inImage: number, inPatches: number, length: number) => void,
): void {
  const run = patchSize * channels;
  const imageRow = width * channels;
  let inPatches = 0;
  for (let top = 0; top < height; top += patchSize) {
    for (let left = 0; left < imageRow; left += run) {
      for (let row = 0; row < patchSize; row++, inPatches += run) {
        copy((top + row) * imageRow + left, inPatches, run);
      }
    }
  }
}

/**
 * Cuts an image into square patches.
 *
 * Patches come in raster order; inside a patch the order is row, column, channel.
 * Oblong images are fine; remainders are refused, not cropped.
 *
 * @param image - Pixels, row-major and interleaved: [height, width, channels].
 * @param grid - Sizes of the image and of a patch.
 * @returns A new array of the image's kind: [patches, patchDim], where
 * patches = (height / patchSize) * (width / patchSize) and patchDim = patchSize * patchSize * channels.
 * @throws RangeError if a side is not a multiple of `patchSize`, or the image has another length.
 *
 * @example
 * ```ts
 * const patches = patchify(pixels, { height: 256, width: 256, channels: 3, patchSize: 16 }); // [256, 768]
 * ```
 *
 * @see https://arxiv.org/abs/2205.14204, section 3: image tokenization
 */
export function patchify<Values extends PixelValues>(image: Values, grid: PatchGrid): Values {
  checkGrid(grid);
  checkLength('image', image, grid);
  const patches = emptyLike(image);
  eachPatchRow(grid, (inImage, inPatches, length) => {
    patches.set(image.subarray(inImage, inImage + length), inPatches);
  });
  return patches; // [patches, patchDim]
}

/**
 * Puts patches back into an image; the inverse of {@link patchify}, for oblong grids too.
 *
 * @param patches - [patches, patchDim], as `patchify` returns them.
 * @param grid - Sizes of the image and of a patch.
 * @returns A new array of the same kind: [height, width, channels].
 * @throws RangeError under the conditions of {@link patchify}.
 *
 * @example
 * ```ts
 * const grid = { height: 32, width: 64, channels: 3, patchSize: 16 };
 * unpatchify(patchify(pixels, grid), grid); // equals pixels
 * ```
 */
export function unpatchify<Values extends PixelValues>(patches: Values, grid: PatchGrid): Values {
  checkGrid(grid);
  checkLength('patches', patches, grid);
  const image = emptyLike(patches);
  eachPatchRow(grid, (inImage, inPatches, length) => {
    image.set(patches.subarray(inPatches, inPatches + length), inImage);
  });
  return image; // [height, width, channels]
}
