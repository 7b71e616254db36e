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

/** A caption as the model takes it. */
export interface EncodedCaption {
  /** [textLength] */
  readonly tokenIds: Int32Array;
  /** 1 = padding: [textLength] */
  readonly paddingMask: Float32Array;
  /** The real pieces, in order. */
  readonly pieces: readonly string[];
}

/**
 * A person's caption as the model takes it.
 *
 * @throws InputError if it is empty or has more pieces than the model's text.
 */
export function encodeCaption(
  caption: string,
  { config, vocabulary: { tokenizer } }: Pick<OpenedRun, 'config' | 'vocabulary'>,
): EncodedCaption {
  const { maxLength } = config.text;
  const ids = tokenizer.encode(caption);
  if (ids.length === 0 || ids.length > maxLength) {
    const remedy = ids.length === 0 ? 'Write what the picture shows.' : 'Shorten it.';
    throw new InputError([
      `--caption must have 1 to ${maxLength} word pieces, the text of the model; received ${ids.length}. ${remedy}`,
    ]);
  }
  const { tokenIds, paddingMask } = tokenizer.encodePadded(caption, maxLength);
  return { tokenIds, paddingMask, pieces: tokenizer.pieces(ids) };
}
