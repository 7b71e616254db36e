import type { Runner } from '@m3ae/compile';
import { type DataSplit, limited, type PictureInput } from '@m3ae/datasets';
import { unusable } from '@m3ae/errors';
import { type AttendedPair, attendPairs } from '../attention/attend-pairs.js';
import type { AttentionChoice } from '../attention/choice.js';
import { attendEveryWord, type CaptionedScene } from '../attention/overlay/attended-words.js';
import type { WordPlaces } from '../attention/words.js';
import { type LoadedPairs, loadPairs } from '../features/load-pairs.js';
import { captioned, openSplit } from './data-split.js';
import type { ReadOptions } from './encode-splits.js';
import { captionFor, patchesOfPicture } from './example-encoder.js';
import { type OpenedModel, requireJoint, requireText } from './opened-model.js';

/** All pairs of a split that can be read: whole pictures by their center, captions cut to the model's text. */
export function readPairs(
  model: OpenedModel,
  split: DataSplit,
  { maxBadShare }: Pick<ReadOptions, 'maxBadShare'> = {},
): ReturnType<typeof loadPairs> {
  const loader = openSplit(model, split, maxBadShare);
  return loadPairs(loader, split.indices).finally(() => loader.close());
}

/** Pairs, with the words of each that are looked at. */
export type PairsWithWords = LoadedPairs & { readonly words: readonly (readonly WordPlaces[])[] };

/** What pictures are attended with. */
export interface AttendModelOptions extends Omit<ReadOptions, 'peers' | 'log'> {
  readonly runner: Runner;
}

/** Attention of a model between the words and the patches of some pairs. */
export function attendModel(
  model: OpenedModel,
  pairs: PairsWithWords,
  choices: readonly AttentionChoice[],
  { runner, batchSize = 64 }: AttendModelOptions,
): Promise<AttendedPair[]> {
  const size = Math.min(batchSize, pairs.words.length);
  return attendPairs(runner, requireJoint(model), pairs, { choices, batchSize: size });
}

/** Every word of every caption as a thing to look for. */
function everyWord(
  model: OpenedModel,
  pairs: LoadedPairs,
  told: readonly Pick<CaptionedScene, 'source' | 'caption'>[],
  choice: AttentionChoice,
  options: AttendModelOptions,
): Promise<CaptionedScene[]> {
  return attendEveryWord(pairs, told, {
    tokenizer: requireText(model, 'attention').words,
    layout: model.image,
    attend: (words) => attendModel(model, words, [choice], options),
  });
}

/** A person's picture with its caption. */
export interface OwnPair {
  readonly picture: PictureInput;
  readonly caption: string;
  /** What the two inputs are called in messages. */
  readonly names?: { readonly picture: string; readonly caption: string };
}

/**
 * A person's picture with its caption, and where each word looks.
 *
 * @returns What `drawAttended` draws, and what the model does not read of the caption.
 * @throws InvalidInput if the file is missing or no picture, or the caption is empty.
 */
export async function attendOwn(
  model: OpenedModel,
  own: OwnPair,
  choice: AttentionChoice,
  options: AttendModelOptions,
): Promise<{ readonly scene: CaptionedScene; readonly notes: readonly string[] }> {
  const { picture, caption, names } = own;
  const { tokenIds, paddingMask, notes } = captionFor(caption, model, names?.caption);
  const pairs = {
    patches: await patchesOfPicture(picture, model, names?.picture),
    tokenIds: { shape: [1, tokenIds.length], data: tokenIds },
    paddingMask: { shape: [1, paddingMask.length], data: paddingMask },
  };
  const source = typeof picture === 'string' ? picture : 'a picture';
  const [scene] = await everyWord(model, pairs, [{ source, caption }], choice, options);
  return { scene: scene!, notes };
}

/**
 * Pictures with captions, evenly spread over the first split that has any, and where each word looks.
 *
 * @throws InvalidInput if no picture has a caption.
 */
export async function attendSplit(
  model: OpenedModel,
  splits: readonly DataSplit[],
  count: number,
  choice: AttentionChoice,
  options: AttendModelOptions,
): Promise<CaptionedScene[]> {
  const split = splits.map(captioned).find(({ indices }) => indices.length > 0);
  if (split === undefined)
    throw unusable(['The splits must hold pictures with captions; received none. Give captions.']);
  const { indices, ...pairs } = await readPairs(model, limited(split, count), options);
  const told = Array.from(indices, (index) => ({
    source: split.dataset.describe(index),
    caption: split.dataset.caption(index),
  }));
  return everyWord(model, pairs, told, choice, options);
}
