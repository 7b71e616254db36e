import { type Fault, faultOf, invalidField, throwFaults } from '@m3ae/errors';
import type { NdArray } from '@m3ae/tree';
import { matMul, slice, type Tensor3D, tidy } from '@tensorflow/tfjs-core';
import type { Box } from './pointing/scenes.js';

/** Places in the text of the pieces that make a word, from 0; CLS and patches do not count. */
export type WordPlaces = readonly number[];

/** A word of a caption and where its pieces are. */
export interface CaptionWord {
  /** The pieces put together, without `##`. */
  readonly text: string;
  readonly places: WordPlaces;
}

/**
 * Puts word pieces together: a piece that begins with `##` goes on with the word before it.
 *
 * @param pieces - Pieces of one caption, without padding.
 *
 * @example
 * ```ts
 * groupPieces(['a', 'gi', '##raf', '##fe']); // [{ text: 'a', places: [0] }, { text: 'giraffe', places: [1, 2, 3] }]
 * ```
 */
export function groupPieces(pieces: readonly string[]): CaptionWord[] {
  const words: { text: string; places: number[] }[] = [];
  pieces.forEach((piece, place) => {
    const last = words.at(-1);
    if (!piece.startsWith('##') || last === undefined) return words.push({ text: piece, places: [place] });
    last.text += piece.slice(2);
    return last.places.push(place);
  });
  return words;
}

/**
 * Places of the pieces of one stretch of a caption.
 *
 * @param encode - Caption to ids without special pieces; `encode` of a `Tokenizer`.
 * @param caption - The whole caption.
 * @param span - First character and the one after the last; both ends of words.
 * @param textLength - Pieces that the model sees; those beyond are left out.
 * @throws InvalidInput if the stretch is empty, leaves the caption, or begins or ends inside a piece.
 *
 * @example
 * ```ts
 * placesOf(tokenizer.encode, 'a red apple', [2, 11], 20); // [1, 2]
 * ```
 */
export function placesOf(
  encode: (text: string) => readonly number[],
  caption: string,
  [start, end]: readonly [start: number, end: number],
  textLength: number,
): WordPlaces {
  const before = encode(caption.slice(0, start));
  const upTo = encode(caption.slice(0, end));
  const whole = encode(caption);
  const inside = start >= 0 && end > start && end <= caption.length;
  if (!inside || ![before, upTo].every((ids) => ids.every((id, place) => id === whole[place]))) {
    const rule = `whole words inside the caption of ${caption.length} characters`;
    throw invalidField('span', rule, `[${start}, ${end}]`, 'Begin and end it between words.');
  }
  const places = Array.from({ length: upTo.length - before.length }, (_, i) => before.length + i);
  return places.filter((place) => place < textLength);
}

/** One named thing of a scene; a part of a scene of `@m3ae/datasets` fits. */
export interface NamedBox {
  /** First character of its name in the caption, and the one after the last. */
  readonly words: readonly [start: number, end: number];
  readonly box: Box;
}

/**
 * Pieces and boxes of the things that a caption names; a name that the text cuts off is left out.
 *
 * @returns In the order of `parts`: `words` for {@link attendPairs} and `boxes` for scenes that say where things are.
 * @throws InvalidInput as {@link placesOf}.
 *
 * @example
 * ```ts
 * const { words, boxes } = boxedWords(tokenizer.encode, scenes.caption(0), scenes.scene(0).parts, 20);
 * ```
 */
export function boxedWords(
  encode: (text: string) => readonly number[],
  caption: string,
  parts: readonly NamedBox[],
  textLength: number,
): { readonly words: readonly WordPlaces[]; readonly boxes: readonly Box[] } {
  const kept = parts
    .map(({ words, box }) => ({ places: placesOf(encode, caption, words, textLength), box }))
    .filter(({ places }) => places.length > 0);
  return { words: kept.map(({ places }) => places), boxes: kept.map(({ box }) => box) };
}

/**
 * Weights that turn rows of pieces into rows of words, each the mean of its pieces.
 *
 * @param words - Of each example, its words.
 * @param paddingMask - 1 = padding: [batch, textLength]; without it every place is real.
 * @returns [batch, most words, textLength]; rows beyond the words of an example are 0.
 * @throws InvalidInput with one line for each word that has no pieces or has padding among them.
 */
export function wordPool(
  words: readonly (readonly WordPlaces[])[],
  textLength: number,
  paddingMask?: ArrayLike<number>,
): NdArray {
  const most = Math.max(1, ...words.map((list) => list.length));
  const data = new Float32Array(words.length * most * textLength);
  const faults: Fault[] = [];
  words.forEach((list, example) =>
    list.forEach((places, word) => {
      const real = (place: number) =>
        Number.isInteger(place) &&
        place >= 0 &&
        place < textLength &&
        !paddingMask?.[example * textLength + place];
      if (places.length === 0 || !places.every(real)) {
        const field = `words[${example}][${word}]`;
        const rule = 'the places of at least one piece, none of them padding';
        faults.push(faultOf(field, rule, `[${places.join(', ')}]`, 'Leave out words that the text cut off.'));
        return;
      }
      const row = (example * most + word) * textLength;
      for (const place of places) data[row + place]! += 1 / places.length;
    }),
  );
  throwFaults(faults);
  return { shape: [words.length, most, textLength], data };
}

/** How the tokens of a pair are laid out: CLS, then patches, then text. */
export interface PairLayout {
  readonly patches: number;
  readonly textLength: number;
}

function checkLayout(attention: Tensor3D, { patches, textLength }: PairLayout): void {
  const tokens = 1 + patches + textLength;
  if (attention.shape[1] === tokens && attention.shape[2] === tokens) return;
  const rule = `[batch, ${tokens}, ${tokens}] for 1 + ${patches} patches + ${textLength} pieces`;
  throw invalidField(
    'attention',
    rule,
    `[${attention.shape}]`,
    'Represent pictures together with their texts.',
  );
}

/**
 * How much each word looks at each patch (Fig. 7 of the paper): the part of the attention map with a text token as the
 * row and a patch as the column.
 *
 * @param attention - From {@link attentionMap}: [batch, tokens, tokens].
 * @param pool - Words as means of pieces: [batch, words, textLength]; without it, each piece is one.
 * @returns [batch, words, patches]; a row sums to what the word gives to the picture, the rest goes to CLS and text.
 * @throws InvalidInput if the map does not fit the layout.
 */
export function wordToPatches(attention: Tensor3D, layout: PairLayout, pool?: Tensor3D): Tensor3D {
  checkLayout(attention, layout);
  const { patches, textLength } = layout;
  return tidy(() => {
    const pieces = slice(attention, [0, 1 + patches, 1], [-1, textLength, patches]);
    return pool ? matMul(pool, pieces) : pieces;
  });
}

/**
 * How much each patch looks at each word (Fig. 8 of the paper): the part of the attention map with a patch as the row
 * and a text token as the column.
 *
 * @param attention - From {@link attentionMap}: [batch, tokens, tokens].
 * @param pool - As for {@link wordToPatches}.
 * @returns [batch, patches, words]; 0 for pieces that are padding.
 * @throws InvalidInput if the map does not fit the layout.
 */
export function patchToWords(attention: Tensor3D, layout: PairLayout, pool?: Tensor3D): Tensor3D {
  checkLayout(attention, layout);
  const { patches, textLength } = layout;
  return tidy(() => {
    const pieces = slice(attention, [0, 1, 1 + patches], [-1, patches, textLength]);
    return pool ? matMul(pieces, pool, false, true) : pieces;
  });
}
