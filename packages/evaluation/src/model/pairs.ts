import type { Runner } from '@m3ae/compile';
import { type DataSplit, limited, type PictureInput } from '@m3ae/datasets';
import { unusable } from '@m3ae/errors';
import { type AttendedPair, attendPairs } from '../attention/attend-pairs.js';
import type { AttentionChoice } from '../attention/attention-map.js';
import type { CaptionedScene } from '../attention/overlay/attended-picture.js';
import { groupPieces, type WordPlaces } from '../attention/words.js';
import { type LoadedPairs, piecesOfRow, textRows } from '../features/encode.js';
import { imageOf, type PatchLayout } from '../reconstruction/rebuilt.js';
import { captioned, type ReadOptions, readPairs } from './read-split.js';
import { captionFor, patchesOfPicture } from './example-encoder.js';
import { type OpenedModel, requireJoint, requireText } from './opened-model.js';

/** What pictures are attended with. */
export interface AttendModelOptions extends Omit<ReadOptions, 'peers' | 'log'> {
  readonly runner: Runner;
}

/** Attention of a model between the words and the patches of some pairs. */
export function attendModel(
  model: OpenedModel,
  pairs: LoadedPairs & { readonly words: readonly (readonly WordPlaces[])[] },
  choices: readonly AttentionChoice[],
  { runner, batchSize = 64 }: AttendModelOptions,
): Promise<AttendedPair[]> {
  const size = Math.min(batchSize, pairs.words.length);
  return attendPairs(runner, requireJoint(model), pairs, { choices, batchSize: size });
}

/** What is drawn of some pairs: of the first rows, in their order. */
export function attendedScenes(
  { patches }: Pick<LoadedPairs, 'patches'>,
  told: readonly Omit<CaptionedScene, 'picture' | 'grid'>[],
  layout: PatchLayout,
): CaptionedScene[] {
  const [, tokens = 0, patchDim = 0] = patches.shape;
  const size = tokens * patchDim;
  const side = layout.size / layout.patchSize;
  return told.map((one, row) => ({
    ...one,
    grid: [side, side],
    picture: imageOf(Float32Array.from(patches.data.subarray(row * size, (row + 1) * size)), layout),
  }));
}

/** Every word of the first captions as a thing to look for; where it is in the picture is not known. */
async function everyWord(
  model: OpenedModel,
  pairs: LoadedPairs,
  told: readonly Pick<CaptionedScene, 'source' | 'caption'>[],
  choice: AttentionChoice,
  options: AttendModelOptions,
): Promise<CaptionedScene[]> {
  const { words: tokenizer } = requireText(model, 'attention');
  const words = told.map((_, row) => groupPieces(tokenizer.pieces(piecesOfRow(pairs, row))));
  const places = words.map((list) => list.map((word) => word.places));
  const attended = await attendModel(model, { ...pairs, words: places }, [choice], options);
  const scenes = told.map((one, row) => ({
    ...one,
    attended: attended[row]!,
    things: words[row]!.map(({ text }) => ({ label: text })),
  }));
  return attendedScenes(pairs, scenes, model.image);
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
  const text = captionFor(caption, model, names?.caption);
  const pairs = {
    patches: await patchesOfPicture(picture, model, names?.picture),
    ...textRows([text]),
  };
  const source = typeof picture === 'string' ? picture : 'a picture';
  const [scene] = await everyWord(model, pairs, [{ source, caption }], choice, options);
  return { scene: scene!, notes: text.notes };
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
