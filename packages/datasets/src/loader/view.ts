import {
  centerCrop,
  flipHorizontal,
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
 * The square view of a picture that a model sees: cropped, resized, perhaps mirrored.
 *
 * @param image - The whole picture: [height, width, 3].
 * @param options - Size, crop and flip.
 * @param key - The example's key; the same key gives the same view.
 * @returns [size, size, 3].
 */
export function viewOf(image: RgbImage, options: ResolvedImageOptions, key: RngKey): RgbImage {
  const { size, crop, flip } = options;
  if (crop.kind === 'center') return mirror(centerCrop(resizeShorterSide(image, size), size), flip, key);
  const cropKey = foldIn(key, cropPurpose);
  const box =
    crop.kind === 'square' ? squareBox(image, crop, cropKey) : randomResizedCropBox(cropKey, image, crop);
  return mirror(resizedCrop(image, box, size), flip, key);
}

function mirror(view: RgbImage, flip: number, key: RngKey): RgbImage {
  if (flip === 0 || bernoulli(foldIn(key, flipPurpose), 1, flip)[0] === 0) return view;
  return flipHorizontal(view);
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
