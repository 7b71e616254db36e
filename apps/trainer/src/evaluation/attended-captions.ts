import { type AttentionChoice, attendPairs, groupPieces } from '@m3ae/evaluation';
import { unusable } from '@m3ae/errors';
import type { M3aeParams } from '@m3ae/transformer';
import type { NdArray } from '@m3ae/tree';
import { engineOf } from '../run/engine.js';
import type { Sources } from '../run/sources.js';
import type { PictureRequest } from './attention-pictures.js';
import { limited } from './labelled-parts.js';
import { type LoadedPairs, loadPairs } from './load-pairs.js';
import type { OpenedRun } from './open-run.js';
import { encodeCaption } from './own-caption.js';
import { patchesOfPicture } from './own-picture.js';

/** What is told of a picture beside what the model sees of it. */
type Told = Pick<PictureRequest, 'source' | 'caption'>;

/** Every word of every caption as a thing to look for; where it is in the picture is not known. */
async function requestsOf(
  { config, model, params, vocabulary: { tokenizer } }: OpenedRun,
  pairs: Omit<LoadedPairs, 'indices'>,
  told: readonly Told[],
  choice: AttentionChoice,
): Promise<PictureRequest[]> {
  const { patches, tokenIds, paddingMask } = pairs;
  const textLength = tokenIds.shape[1]!;
  const words = told.map((_, row) => {
    const at = row * textLength;
    const ids = tokenIds.data
      .subarray(at, at + textLength)
      .filter((_id, place) => !paddingMask.data[at + place]);
    return groupPieces(tokenizer.pieces(ids));
  });
  const attended = await attendPairs(
    engineOf(config),
    { config: model, params: params as M3aeParams<NdArray> },
    { patches, tokenIds, paddingMask, words: words.map((list) => list.map(({ places }) => places)) },
    { choices: [choice], batchSize: Math.min(config.evaluation.batchSize, told.length) },
  );
  const size = patches.data.length / told.length;
  return told.map((one, row) => ({
    ...one,
    patches: (patches.data as Float32Array).slice(row * size, (row + 1) * size),
    attended: attended[row]!,
    things: words[row]!.map(({ text }) => ({ label: text })),
  }));
}

/**
 * A person's picture with its caption.
 *
 * @returns What to draw, and what the model does not read of the caption.
 * @throws InvalidInput if the file is missing or no picture, or the caption is empty.
 */
export async function ownRequest(
  run: OpenedRun,
  image: string,
  caption: string,
  choice: AttentionChoice,
): Promise<{ readonly request: PictureRequest; readonly notes: readonly string[] }> {
  const { tokenIds, paddingMask, notes } = encodeCaption(caption, run);
  const patches = await patchesOfPicture(image, run);
  const { size, patchSize } = run.config.image;
  const count = (size / patchSize) ** 2;
  const pairs = {
    patches: { shape: [1, count, patches.length / count], data: patches },
    tokenIds: { shape: [1, tokenIds.length], data: tokenIds },
    paddingMask: { shape: [1, paddingMask.length], data: paddingMask },
  };
  const [request] = await requestsOf(run, pairs, [{ source: image, caption }], choice);
  return { request: request!, notes };
}

/**
 * Unseen pictures of the run with their captions, evenly spread over the first part that has any.
 *
 * @throws InvalidInput if no picture that was kept apart has a caption.
 */
export async function unseenRequests(
  run: OpenedRun,
  { tests, validation }: Sources,
  count: number,
  choice: AttentionChoice,
): Promise<PictureRequest[]> {
  const captioned = [...tests, validation]
    .filter((part) => part !== null)
    .map((part) => ({
      ...part,
      indices: part.indices.filter((index) => part.dataset.caption(index) !== ''),
    }));
  const part = captioned.find(({ indices }) => indices.length > 0);
  if (part === undefined) {
    throw unusable([
      'The test part must hold pictures with captions; received none. Give one of your own with --image and --caption, or score the built-in scenes of emoji with --scenes 500.',
    ]);
  }
  const { indices, ...pairs } = await loadPairs(limited(part, count), run);
  const told = Array.from(indices, (index) => ({
    source: part.dataset.describe(index),
    caption: part.dataset.caption(index),
  }));
  return requestsOf(run, pairs, told, choice);
}
