import { existsSync } from 'node:fs';
import { decodeImage } from '@m3ae/datasets';
import { centerCrop, normalizedPatches, resizeShorterSide, type RgbImage } from '@m3ae/preprocess';
import { InputError } from '../config/config-error.js';
import type { OpenedRun } from './open-run.js';

async function readPicture(path: string): Promise<RgbImage> {
  if (!existsSync(path)) throw new InputError([`--image must be a file; received ${path}. Check the path.`]);
  try {
    return await decodeImage(path);
  } catch (error) {
    throw new InputError([`--image must be a picture; ${(error as Error).message}`]);
  }
}

/**
 * A person's picture as the model takes it: shorter side resized, the centre cut out, normalised.
 *
 * @returns [patches, patchDim]
 * @throws InputError if the file is missing or no picture.
 */
export async function patchesOfFile(
  path: string,
  { config, statistics }: Pick<OpenedRun, 'config' | 'statistics'>,
): Promise<Float32Array> {
  const { size, patchSize } = config.image;
  const square = centerCrop(resizeShorterSide(await readPicture(path), size), { width: size, height: size });
  return normalizedPatches(square, { patchSize, ...statistics });
}
