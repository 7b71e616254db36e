import { existsSync } from 'node:fs';
import { invalidField, messageOf, unusable } from '@m3ae/errors';
import {
  centerCrop,
  normalizedPatches,
  type NormalizedPatchesOptions,
  resizeShorterSide,
  type RgbImage,
} from '@m3ae/preprocess';
import { decodeImage } from './decode.js';

/** A picture of a person: a file's path, the bytes of a file, or pixels. */
export type PictureInput = string | Uint8Array | RgbImage;

async function readPicture(picture: PictureInput, name: string): Promise<RgbImage> {
  if (typeof picture === 'string' && !existsSync(picture)) {
    throw invalidField(name, 'a file', picture, 'Check the path.');
  }
  if (typeof picture !== 'string' && !(picture instanceof Uint8Array)) return picture;
  try {
    return await decodeImage(picture);
  } catch (error) {
    throw unusable(`${name} must be a picture; ${messageOf(error)}`, { cause: error });
  }
}

/**
 * One picture as an evaluation takes it: the shorter side resized, the center cut out, normalized, cut into patches.
 *
 * @param options - Side of the square in pixels, and what `normalizedPatches` takes.
 * @param name - Of the input, for messages.
 * @returns [patches, patchDim]
 * @throws InvalidInput if the file is missing or no picture.
 */
export async function preparePicture(
  picture: PictureInput,
  { size, ...patches }: { readonly size: number } & NormalizedPatchesOptions,
  name = 'picture',
): Promise<Float32Array> {
  const square = centerCrop(resizeShorterSide(await readPicture(picture, name), size), size);
  return normalizedPatches(square, patches);
}
