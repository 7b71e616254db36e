import { invalidField, requireList } from '@m3ae/errors';

/** Pieces by text, ready for a greedy search. */
interface PieceIndex {
  /** Pieces that begin a word. */
  readonly starts: ReadonlyMap<string, number>;
  /** Pieces that go on with one, without their `##`. */
  readonly continuations: ReadonlyMap<string, number>;
  /** Length of the longest piece, in UTF-16 units. */
  readonly longest: number;
}

/** Sorts a vocabulary into an index. */
export function indexPieces(vocabulary: readonly string[]): PieceIndex {
  const starts = new Map<string, number>();
  const continuations = new Map<string, number>();
  let longest = 1;
  for (const [id, piece] of vocabulary.entries()) {
    if (piece.startsWith('##') && piece.length > 2) continuations.set(piece.slice(2), id);
    else starts.set(piece, id);
    longest = Math.max(longest, piece.length);
  }
  return { starts, continuations, longest };
}

/** Longer words are not worth a search; the reference gives them up whole. */
const maxWordCharacters = 100;

/** Code points, counted without an array. */
function countCharacters(word: string): number {
  let count = 0;
  for (const _ of word) count++;
  return count;
}

/**
 * Cuts a word into the longest pieces from the left; appends their ids.
 *
 * A word that cannot be cut to the end, or has more than 100 characters, is one unknown piece.
 */
export function appendWordPieces(index: PieceIndex, word: string, unknownId: number, ids: number[]): void {
  const before = ids.length;
  const tooLong = word.length > maxWordCharacters && countCharacters(word) > maxWordCharacters;
  let start = tooLong ? word.length : 0;
  if (tooLong) ids.push(unknownId);
  while (start < word.length) {
    const pieces = start === 0 ? index.starts : index.continuations;
    let end = Math.min(word.length, start + index.longest);
    let id = pieces.get(word.slice(start, end));
    while (id === undefined && --end > start) id = pieces.get(word.slice(start, end));
    if (id === undefined) {
      ids.length = before;
      ids.push(unknownId);
      return;
    }
    ids.push(id);
    start = end;
  }
}

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

/** Throws unless a text is one. */
export function requireString(text: unknown): void {
  if (typeof text === 'string') return;
  throw invalidField('text', 'a string', text, 'Decode bytes with TextDecoder first.');
}

/** A caption of fixed length. */
export interface PaddedText {
  /** Ids, then the id of `[PAD]`: [maxLength]. */
  readonly tokenIds: Int32Array;
  /** 1 where padding, 0 where text: [maxLength]. */
  readonly paddingMask: Float32Array;
}

/** Ids, at most `maxLength`, and padding behind them. */
export function padded(ids: readonly number[], maxLength: number, padId: number): PaddedText {
  const tokenIds = new Int32Array(maxLength).fill(padId);
  tokenIds.set(ids);
  return { tokenIds, paddingMask: new Float32Array(maxLength).fill(1, ids.length) };
}
