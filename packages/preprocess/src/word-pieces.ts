/** Pieces by text, ready for a greedy search. */
export interface PieceIndex {
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
