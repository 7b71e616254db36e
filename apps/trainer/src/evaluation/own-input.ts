import { existsSync } from 'node:fs';
import { decodeImage } from '@m3ae/datasets';
import { listSome, unusable } from '@m3ae/errors';
import { centerCrop, normalizedPatches, resizeShorterSide, type RgbImage } from '@m3ae/preprocess';
import type { Vocabulary } from '../run/vocabulary.js';
import { type OpenedRun, refuseWordless } from './open-run.js';

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

/** A caption as the model takes it. */
export interface EncodedCaption {
  /** [textLength] */
  readonly tokenIds: Int32Array;
  /** 1 = padding: [textLength] */
  readonly paddingMask: Float32Array;
  /** The real pieces, in order. */
  readonly pieces: readonly string[];
  /** What the model does not read as it stands, a sentence each: words that it cannot spell, and what is cut off. */
  readonly notes: readonly string[];
}

/** Words and marks of a text that the vocabulary cannot spell, each once. */
function unknownWords(text: string, { tokenizer }: Vocabulary): string[] {
  const words = text.replaceAll('[UNK]', ' ').match(/[\p{L}\p{M}\p{N}]+|[^\s\p{L}\p{M}\p{N}]/gu) ?? [];
  return [...new Set(words.filter((word) => tokenizer.encode(word).includes(tokenizer.unknownId)))];
}

function unknownNote(caption: string, vocabulary: Vocabulary): string[] {
  const unknown = unknownWords(caption, vocabulary).map((word) => `"${word}"`);
  if (unknown.length === 0) return [];
  const whose =
    vocabulary.mapping === null
      ? 'The vocabulary of the run lacks'
      : "The run's vocabulary is trimmed to the words of its training captions and lacks";
  return [`${whose} ${listSome(unknown)}: the model reads [UNK] there.`];
}

/**
 * A person's caption as the model takes it: what is longer than the model's text is cut off, as in training.
 *
 * @param name - Of the input, for messages.
 * @throws InvalidInput if it is empty.
 */
export function encodeCaption(
  caption: string,
  run: Pick<OpenedRun, 'config' | 'vocabulary' | 'folder' | 'foreign'>,
  name = '--caption',
): EncodedCaption {
  refuseWordless(run, name);
  const { config, vocabulary } = run;
  const { maxLength } = config.text;
  const { tokenizer } = vocabulary;
  const ids = tokenizer.encode(caption);
  if (ids.length === 0) {
    throw unusable([`${name} must hold words; received none. Write what the picture shows.`]);
  }
  const cut = tokenizer.decode(ids.slice(maxLength));
  const { tokenIds, paddingMask } = tokenizer.encodePadded(caption, maxLength);
  return {
    tokenIds,
    paddingMask,
    pieces: tokenizer.pieces(ids.slice(0, maxLength)),
    notes: [
      ...unknownNote(caption, vocabulary),
      ...(ids.length > maxLength
        ? [
            `${name} has ${ids.length} word pieces and the text of the model ${maxLength} (text.maxLength): "${cut}" is cut off.`,
          ]
        : []),
    ],
  };
}
