import { invalidField, requireOptions, requirePositiveInteger } from '@m3ae/errors';
import {
  appendWordPieces,
  decodePieces,
  indexPieces,
  padded,
  type PaddedText,
  piecesOf,
  requireString,
} from './word-pieces.js';
import { splitWords } from './words.js';
import { bertVocabulary } from './bert-vocabulary.js';

/** Pieces that stand for no text; written out in a text, in capitals, they keep their meaning. */
export const specialPieces = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'] as const;

/** Text to ids and back. */
export interface Tokenizer {
  /** Pieces by id: [vocabSize]. */
  readonly vocabulary: readonly string[];
  /** Number of pieces. */
  readonly vocabSize: number;
  /** Id of `[PAD]`. */
  readonly padId: number;
  /** Id of `[UNK]`, which stands for what the vocabulary cannot spell. */
  readonly unknownId: number;
  /** Id of a piece, or undefined. */
  idOf(piece: string): number | undefined;
  /** Ids of a text, without what begins and ends it (`[CLS]`, `[SEP]`); empty for an empty text. At most `limit` of them, if given. */
  encode(text: string, limit?: number): number[];
  /** Ids cut or padded to `maxLength`, and which of them are padding. Throws RangeError unless `maxLength` is a positive integer. */
  encodePadded(text: string, maxLength: number): PaddedText;
  /** Pieces of some ids. Throws RangeError if an id is outside the vocabulary. */
  pieces(ids: ArrayLike<number>): string[];
  /** Readable text of some ids, without special pieces. Throws RangeError if an id is outside the vocabulary. */
  decode(ids: ArrayLike<number>): string;
}

const specialPattern = /(\[(?:PAD|UNK|CLS|SEP|MASK)\])/;

/** Words kept in memory with their ids: captions repeat themselves. */
const memoSize = 65_536;
const memoWordLength = 48;

function checkVocabulary(vocabulary: readonly string[]): Map<string, number> {
  if (!Array.isArray(vocabulary)) {
    throw invalidField(
      'vocabulary',
      'a list of pieces',
      vocabulary,
      'Split the text of vocab.txt into lines.',
    );
  }
  const ids = new Map<string, number>();
  for (const [id, piece] of vocabulary.entries()) {
    const first = ids.get(piece);
    if (first !== undefined) {
      const received = `${JSON.stringify(piece)} at ${first} and ${id}`;
      throw invalidField('vocabulary', 'a list of different pieces', received, 'Take the repeated line out.');
    }
    ids.set(piece, id);
  }
  for (const piece of ['[PAD]', '[UNK]']) {
    if (!ids.has(piece)) {
      throw invalidField(
        'vocabulary',
        `a list with ${piece}`,
        `${vocabulary.length} pieces without it`,
        'Add it.',
      );
    }
  }
  return ids;
}

/** Text -> ids for one vocabulary, with a memory of the words met. */
function createEncoder(vocabulary: readonly string[], idOf: ReadonlyMap<string, number>) {
  const index = indexPieces(vocabulary);
  const unknownId = idOf.get('[UNK]')!;
  const memo = new Map<string, readonly number[]>();

  function encodeChunk(chunk: string): number[] {
    const ids: number[] = [];
    for (const part of chunk.split(specialPattern)) {
      const special = specialPattern.test(part) ? idOf.get(part) : undefined;
      if (special !== undefined) ids.push(special);
      else for (const word of splitWords(part)) appendWordPieces(index, word, unknownId, ids);
    }
    return ids;
  }

  function recall(chunk: string): readonly number[] {
    const known = memo.get(chunk);
    if (known !== undefined) return known;
    const ids = encodeChunk(chunk);
    // The key is copied letter by letter: a slice would keep the whole text it was cut from in memory.
    if (chunk.length <= memoWordLength && memo.size < memoSize) memo.set(chunk.split('').join(''), ids);
    return ids;
  }

  return (text: string, limit: number): number[] => {
    const ids: number[] = [];
    let start = 0;
    // A blank always ends a word, so text between blanks can be looked up as it stands.
    while (start < text.length && ids.length < limit) {
      let end = text.indexOf(' ', start);
      if (end < 0) end = text.length;
      if (end > start) for (const id of recall(text.slice(start, end))) ids.push(id);
      start = end + 1;
    }
    if (ids.length > limit) ids.length = limit;
    return ids;
  };
}

/**
 * Makes a tokenizer for any list of word pieces.
 *
 * The algorithm is that of the reference, the slow BertTokenizer of transformers 4 with `bert-base-uncased`
 * and `add_special_tokens=False`: clean, lower, strip accents, split at punctuation, longest piece first.
 *
 * @param vocabulary - Pieces by id; continuations begin with `##`; `[PAD]` and `[UNK]` must be among them.
 * @throws RangeError if a piece is there twice, or `[PAD]` or `[UNK]` is missing.
 *
 * @example
 * ```ts
 * tokenizerFromPieces(['[PAD]', '[UNK]', 'a', 'dog', '##s']).encode('A dogs!'); // [2, 3, 4, 1]
 * ```
 *
 * @see https://arxiv.org/abs/1810.04805, section 3
 */
export function tokenizerFromPieces(vocabulary: readonly string[]): Tokenizer {
  const idOf = checkVocabulary(vocabulary);
  const encodeUpTo = createEncoder(vocabulary, idOf);
  const padId = idOf.get('[PAD]')!;

  function encode(text: string, limit = Infinity): number[] {
    requireString(text);
    return encodeUpTo(text, limit);
  }

  function encodePadded(text: string, maxLength: number): PaddedText {
    requirePositiveInteger('maxLength', maxLength, 'The models use 64 for captions, 256 for text alone.');
    return padded(encode(text, maxLength), maxLength, padId);
  }

  return {
    vocabulary,
    vocabSize: vocabulary.length,
    padId,
    unknownId: idOf.get('[UNK]')!,
    idOf: (piece) => idOf.get(piece),
    encode,
    encodePadded,
    pieces: (ids) => piecesOf(vocabulary, ids),
    decode: (ids) =>
      decodePieces(
        piecesOf(vocabulary, ids).filter((piece) => !specialPieces.some((special) => special === piece)),
      ),
  };
}

/** Options of {@link createTokenizer}. */
export interface TokenizerOptions {
  /** Pieces by id. Default: the 30,522 of bert-base-uncased. */
  readonly vocabulary?: readonly string[];
}

/**
 * Makes the BERT word-piece tokenizer, with its vocabulary.
 *
 * Ids equal those of the slow BertTokenizer of transformers 4 with `bert-base-uncased` and
 * `add_special_tokens=False`, in every engine: the Unicode tables (14.0) are part of the package.
 *
 * @param options - Another vocabulary, if wanted.
 * @throws RangeError if the vocabulary has a piece twice, or lacks `[PAD]` or `[UNK]`.
 *
 * @example
 * ```ts
 * const tokenizer = createTokenizer();
 * tokenizer.encode('A nerdy face'); // [1037, 11265, 17460, 2227]
 * tokenizer.encodePadded('A nerdy face', 64); // tokenIds [64], paddingMask [64], 1 = padding
 * ```
 *
 * @see https://arxiv.org/abs/1810.04805, section 3
 */
export function createTokenizer(options: TokenizerOptions = {}): Tokenizer {
  requireOptions(options, ['vocabulary'], 'Leave it out for the vocabulary of BERT.');
  return tokenizerFromPieces(options.vocabulary ?? bertVocabulary);
}
