import { existsSync } from 'node:fs';
import { decodeImage } from '@m3ae/datasets';
import { unusable } from '@m3ae/errors';
import { centerCrop, normalizedPatches, resizeShorterSide, type RgbImage } from '@m3ae/preprocess';
import type { OpenedRun } from './open-run.js';

/** A picture of a person: a file's path, the bytes of a file, or pixels. */
export type PictureInput = string | Uint8Array | RgbImage;

async function readPicture(picture: PictureInput, name: string): Promise<RgbImage> {
  if (typeof picture === 'string' && !existsSync(picture)) {
    throw unusable([`${name} must be a file; received ${picture}. Check the path.`]);
  }
  if (typeof picture !== 'string' && !(picture instanceof Uint8Array)) return picture;
  try {
    return await decodeImage(picture);
  } catch (error) {
    throw unusable([`${name} must be a picture; ${(error as Error).message}`]);
  }
}

/**
 * A person's picture as the model takes it: shorter side resized, the centre cut out, normalised.
 *
 * @param name - Of the input, for messages.
 * @returns [patches, patchDim]
 * @throws InvalidInput if the file is missing or no picture.
 */
export async function patchesOfPicture(
  picture: PictureInput,
  { config, statistics }: Pick<OpenedRun, 'config' | 'statistics'>,
  name = '--image',
): Promise<Float32Array> {
  const { size, patchSize } = config.image;
  const square = centerCrop(resizeShorterSide(await readPicture(picture, name), size), size);
  return normalizedPatches(square, { patchSize, ...statistics });
}
