import { unusable } from '@m3ae/errors';
import { type LoadedPairs, loadPairs } from '@m3ae/evaluation/features';
import {
  type AttendedPair,
  attendEveryWord,
  type CaptionedScene,
  type AttentionChoice,
  attendPairs,
  type WordPlaces,
} from '@m3ae/evaluation/attention';
import { engineOf } from '../run/engine.js';
import { evaluationLoader, layoutOf } from '../run/loaders.js';
import type { Part } from '../run/parts.js';
import type { Sources } from '../run/sources.js';
import { streamsOf } from '../run/streams.js';
import { limited } from './labelled-parts.js';
import { type OpenedRun, requireJoint } from './open-run.js';
import { captionFor, patchesOfPicture } from './own-input.js';

/** All pairs of a part that can be read: whole pictures by their centre, captions cut to the model's text. */
export async function pairsOf(part: Part, run: OpenedRun): ReturnType<typeof loadPairs> {
  const loader = evaluationLoader(part, streamsOf(run.config.seed).validation, run);
  return loadPairs(loader, part.indices).finally(() => loader.close());
}

/** Attention between the words and the patches of some pairs. */
export function attend(
  run: OpenedRun,
  pairs: LoadedPairs & { readonly words: readonly (readonly WordPlaces[])[] },
  choices: readonly AttentionChoice[],
): Promise<AttendedPair[]> {
  const batchSize = Math.min(run.config.evaluation.batchSize, pairs.words.length);
  return attendPairs(engineOf(run.config), requireJoint(run), pairs, { choices, batchSize });
}

/** Every word of every caption as a thing to look for. */
function wordRequests(
  run: OpenedRun,
  pairs: LoadedPairs,
  told: readonly Pick<CaptionedScene, 'source' | 'caption'>[],
  choice: AttentionChoice,
): Promise<CaptionedScene[]> {
  return attendEveryWord(pairs, told, {
    tokenizer: run.vocabulary.tokenizer,
    layout: layoutOf(run.config, run.statistics),
    attend: (words) => attend(run, words, [choice]),
  });
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
): Promise<{ readonly request: CaptionedScene; readonly notes: readonly string[] }> {
  const { tokenIds, paddingMask, notes } = captionFor(caption, run);
  const patches = await patchesOfPicture(image, run);
  const { size, patchSize } = run.config.image;
  const count = (size / patchSize) ** 2;
  const pairs = {
    patches: { shape: [1, count, patches.length / count], data: patches },
    tokenIds: { shape: [1, tokenIds.length], data: tokenIds },
    paddingMask: { shape: [1, paddingMask.length], data: paddingMask },
  };
  const [request] = await wordRequests(run, pairs, [{ source: image, caption }], choice);
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
): Promise<CaptionedScene[]> {
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
  const { indices, ...pairs } = await pairsOf(limited(part, count), run);
  const told = Array.from(indices, (index) => ({
    source: part.dataset.describe(index),
    caption: part.dataset.caption(index),
  }));
  return wordRequests(run, pairs, told, choice);
}
