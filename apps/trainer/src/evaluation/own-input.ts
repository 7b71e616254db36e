import { type PictureInput, preparePicture } from '@m3ae/datasets';
import { encodeCaption, type EncodedCaption } from '@m3ae/preprocess';
import { type OpenedRun, refuseWordless } from './open-run.js';

/**
 * A person's picture as the model of a run takes it.
 *
 * @param name - Of the input, for messages.
 * @returns [patches, patchDim]
 * @throws InvalidInput if the file is missing or no picture.
 */
export function patchesOfPicture(
  picture: PictureInput,
  { config, statistics }: Pick<OpenedRun, 'config' | 'statistics'>,
  name = '--image',
): Promise<Float32Array> {
  const { size, patchSize } = config.image;
  return preparePicture(picture, { size, patchSize, ...statistics }, name);
}

/**
 * A person's caption as the model of a run takes it: what is longer than the model's text is cut off, as in training.
 *
 * @param name - Of the input, for messages.
 * @throws InvalidInput if it is empty, or the model cannot read words.
 */
export function captionFor(
  caption: string,
  run: Pick<OpenedRun, 'config' | 'vocabulary' | 'folder' | 'foreign'>,
  name = '--caption',
): EncodedCaption {
  refuseWordless(run, name);
  const { tokenizer, mapping } = run.vocabulary;
  return encodeCaption(caption, tokenizer, {
    maxLength: run.config.text.maxLength,
    trimmed: mapping !== null,
    name,
  });
}
