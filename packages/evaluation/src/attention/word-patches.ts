import { invalidField } from '@m3ae/errors';
import { matMul, slice, type Tensor3D, tidy } from '@tensorflow/tfjs-core';

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
