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

/** What a model sees of a picture. */
export interface View {
  /** [size, size, 3], not yet mirrored. */
  readonly image: RgbImage;
  readonly mirror: boolean;
}

/**
 * The square view of a picture that a model sees: cropped, resized, perhaps to be mirrored.
 *
 * @param image - The whole picture: [height, width, 3].
 * @param options - Size, crop and flip.
 * @param key - The example's key; the same key gives the same view.
 */
export function viewOf(image: RgbImage, options: ResolvedImageOptions, key: RngKey): View {
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
