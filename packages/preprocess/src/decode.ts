import { invalidField, requireList } from '@m3ae/errors';

/** Blanks that English does not write, as transformers removes them, in its order. */
const tidied: readonly (readonly [string, string])[] = [
  [' .', '.'],
  [' ?', '?'],
  [' !', '!'],
  [' ,', ','],
  [" ' ", "'"],
  [" n't", "n't"],
  [" 'm", "'m"],
  [" 's", "'s"],
  [" 've", "'ve"],
  [" 're", "'re"],
];

/**
 * Pieces of some ids.
 *
 * @throws InvalidInput if an id is outside the vocabulary.
 */
export function piecesOf(vocabulary: readonly string[], ids: ArrayLike<number>): string[] {
  requireList('ids', ids, 'Pass what encode gave.');
  return Array.from(ids, (id) => {
    const piece = vocabulary[id];
    if (piece !== undefined) return piece;
    const rule = `in [0, ${vocabulary.length})`;
    throw invalidField('id', rule, id, 'Decode with the vocabulary that encoded.');
  });
}

/** Joins pieces to a readable text: continuations without `##`, no blank before English punctuation. */
export function decodePieces(pieces: readonly string[]): string {
  let text = pieces.join(' ').replaceAll(' ##', '').trim();
  for (const [apart, together] of tidied) text = text.replaceAll(apart, together);
  return text;
}
