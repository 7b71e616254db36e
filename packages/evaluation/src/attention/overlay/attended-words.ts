import type { Tokenizer } from '@m3ae/preprocess';
import type { LoadedPairs } from '../../features/load-pairs.js';
import { imageOf, type PatchLayout } from '../../reconstruction/views.js';
import type { AttendedPair } from '../attend-pairs.js';
import { groupPieces, type WordPlaces } from '../words.js';
import type { AttendedScene } from './attended-picture.js';

/** A picture to draw, with the attention of its words. */
export interface CaptionedScene extends AttendedScene {
  /** Where the picture comes from. */
  readonly source: string;
  readonly caption: string;
}

/**
 * What is drawn of some pairs.
 *
 * @param told - Of the first rows, in their order.
 * @param layout - Of the patches.
 */
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

/** Options of {@link attendEveryWord}. */
export interface EveryWordOptions {
  readonly tokenizer: Tokenizer;
  readonly layout: PatchLayout;
  /** Attention between words and patches, by one map. */
  attend(
    pairs: LoadedPairs & { readonly words: readonly (readonly WordPlaces[])[] },
  ): Promise<AttendedPair[]>;
}

/**
 * Every word of every caption as a thing to look for; where it is in the picture is not known.
 *
 * @param told - Of the first rows, in their order.
 */
export async function attendEveryWord(
  pairs: LoadedPairs,
  told: readonly Pick<CaptionedScene, 'source' | 'caption'>[],
  { tokenizer, layout, attend }: EveryWordOptions,
): Promise<CaptionedScene[]> {
  const { tokenIds, paddingMask } = pairs;
  const textLength = tokenIds.shape[1]!;
  const words = told.map((_, row) => {
    const at = row * textLength;
    const ids = tokenIds.data
      .subarray(at, at + textLength)
      .filter((_id, place) => !paddingMask.data[at + place]);
    return groupPieces(tokenizer.pieces(ids));
  });
  const attended = await attend({ ...pairs, words: words.map((list) => list.map(({ places }) => places)) });
  const scenes = told.map((one, row) => ({
    ...one,
    attended: attended[row]!,
    things: words[row]!.map(({ text }) => ({ label: text })),
  }));
  return attendedScenes(pairs, scenes, layout);
}
