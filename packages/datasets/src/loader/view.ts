import {
  centerCrop,
  randomResizedCropBox,
  resizedCrop,
  resizeShorterSide,
  type RgbImage,
} from '@m3ae/preprocess';
import { bernoulli, foldIn, randomInteger, type RngKey } from '@m3ae/random';
import type { ResolvedImageOptions } from './image-options.js';

/** Purposes of an example's key. */
const cropPurpose = 0;
const flipPurpose = 1;
/** Purpose of the key that a caption is drawn from. */
export const captionPurpose = 2;

/**
 * The square view of a picture that a model sees: cropped, resized, perhaps to be mirrored.
 *
 * @param image - The whole picture: [height, width, 3].
 * @param options - Size, crop and flip.
 * @param key - The example's key; the same key gives the same view.
 * @returns The view, [size, size, 3], not yet mirrored, and whether it is to be.
 */
export function viewOf(image: RgbImage, options: ResolvedImageOptions, key: RngKey) {
  const { flip } = options;
  const mirror = flip > 0 && bernoulli(foldIn(key, flipPurpose), 1, flip)[0] === 1;
  return { image: squareOf(image, options, foldIn(key, cropPurpose)), mirror };
}

function squareOf(image: RgbImage, { size, crop }: ResolvedImageOptions, key: RngKey): RgbImage {
  if (crop.kind === 'center') return centerCrop(resizeShorterSide(image, size), size);
  const box = crop.kind === 'square' ? squareBox(image, crop, key) : randomResizedCropBox(key, image, crop);
  return resizedCrop(image, box, size);
}

function squareBox(
  { width, height }: RgbImage,
  { min, max }: { min: number; max: number },
  key: RngKey,
): { left: number; top: number; width: number; height: number } {
  const limit = Math.min(width, height);
  const largest = Math.min(max, limit);
  const side = randomInteger(foldIn(key, 0), 1, Math.min(min, limit), largest + 1)[0]!;
  const left = randomInteger(foldIn(key, 1), 1, 0, width - side + 1)[0]!;
  const top = randomInteger(foldIn(key, 2), 1, 0, height - side + 1)[0]!;
  return { left, top, width: side, height: side };
}

/** Left, top, right and bottom edges in pixels; right and bottom are the first column and row outside. */
export type Box = readonly [left: number, top: number, right: number, bottom: number];

/**
 * Where a box of a picture lies in the view that evaluation takes of it: shorter side resized to `viewSize`, then the
 * centre cut out. It is clipped to the view; a box that lies outside has no area.
 *
 * @param box - In pixels of the picture.
 * @param picture - Size of the picture in pixels.
 * @param viewSize - Side of the view in pixels: `image.size` of the loader.
 * @returns In pixels of the view; fractions are kept.
 *
 * @example
 * ```ts
 * boxInView([32, 0, 64, 32], { width: 64, height: 64 }, 48); // [24, 0, 48, 24]
 * ```
 */
export function boxInView(
  [left, top, right, bottom]: Box,
  { width, height }: { readonly width: number; readonly height: number },
  viewSize: number,
): Box {
  const shorter = Math.min(width, height);
  // Sizes are rounded down as the resize rounds them, and the cut starts at a whole pixel.
  const resized = [width, height].map((side) => Math.floor((side * viewSize) / shorter));
  const [scaleX, scaleY] = [resized[0]! / width, resized[1]! / height];
  const [startX, startY] = resized.map((side) => halfEven((side - viewSize) / 2)) as [number, number];
  const clip = (value: number): number => Math.min(viewSize, Math.max(0, value));
  return [
    clip(left * scaleX - startX),
    clip(top * scaleY - startY),
    clip(right * scaleX - startX),
    clip(bottom * scaleY - startY),
  ];
}

/** To the nearest integer, halves to the even one, as the centre crop rounds. */
function halfEven(value: number): number {
  const floor = Math.floor(value);
  return value - floor === 0.5 ? floor + (floor % 2) : Math.round(value);
}
