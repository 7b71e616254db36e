import { invalidField, requireList, requirePositiveInteger, requireRecord } from '@m3ae/errors';
import { specialPieces, type Tokenizer, tokenizerFromPieces } from './tokenizer.js';

/** A vocabulary cut down to the pieces in use; plain data, so that it can go into a checkpoint as JSON. */
export interface VocabularyMapping {
  /** Pieces of the full vocabulary. */
  readonly fullSize: number;
  /** Id in the full vocabulary by trimmed id, ascending: [trimmedSize]. */
  readonly ids: readonly number[];
  /** Piece by trimmed id: [trimmedSize]. */
  readonly pieces: readonly string[];
}

/** What {@link trimVocabulary} keeps. */
export interface TrimOptions {
  /** How often a piece must occur to be kept. Default: 1. */
  readonly minimumCount?: number;
}

/** A smaller tokenizer, and how its ids relate to the full one's. */
export interface TrimmedVocabulary {
  readonly tokenizer: Tokenizer;
  readonly mapping: VocabularyMapping;
}

/**
 * Cuts a vocabulary down to the pieces that some texts use.
 *
 * The special pieces stay, used or not. With `minimumCount` 1 every one of the texts keeps its pieces;
 * a word met later is spelt with the pieces that are left, or becomes `[UNK]`.
 *
 * @param tokenizer - Tokenizer with the full vocabulary.
 * @param texts - All texts that must stay as they are; read once.
 * @param options - How often a piece must occur.
 * @returns A tokenizer with the pieces in use, in their old order, and the mapping to keep beside the weights.
 * @throws RangeError if `minimumCount` is not a positive integer.
 *
 * @example
 * ```ts
 * const { tokenizer, mapping } = trimVocabulary(createTokenizer(), captions);
 * tokenizer.vocabSize; // about 4,100 for the emoji captions
 * ```
 */
export function trimVocabulary(
  tokenizer: Tokenizer,
  texts: Iterable<string>,
  options: TrimOptions = {},
): TrimmedVocabulary {
  requireTokenizer(tokenizer);
  if (typeof texts !== 'object' || texts === null || !(Symbol.iterator in texts)) {
    throw invalidField('texts', 'a list of texts', texts, 'Write [text] for one.');
  }
  requireRecord('options', options, 'minimumCount', 'Leave it out to keep every piece that occurs.');
  const { minimumCount = 1 } = options;
  requirePositiveInteger('minimumCount', minimumCount, 'Write 1 to keep every piece that occurs.');
  const counts = new Float64Array(tokenizer.vocabSize);
  for (const text of texts) for (const id of tokenizer.encode(text)) counts[id]!++;
  for (const piece of specialPieces) {
    const id = tokenizer.idOf(piece);
    if (id !== undefined) counts[id] = Infinity;
  }
  const ids = Array.from(counts.keys()).filter((id) => counts[id]! >= minimumCount);
  const mapping = { fullSize: tokenizer.vocabSize, ids, pieces: tokenizer.pieces(ids) };
  return { tokenizer: tokenizerFromPieces(mapping.pieces), mapping };
}

function requireTokenizer(tokenizer: Tokenizer): void {
  if (typeof tokenizer?.encode === 'function') return;
  throw invalidField('tokenizer', 'a tokenizer', tokenizer, 'Pass createTokenizer().');
}

function checkMapping(mapping: VocabularyMapping): void {
  const remedy = 'Take it from the checkpoint unchanged.';
  requireRecord('mapping', mapping, 'fullSize, ids, pieces', remedy);
  const { fullSize, ids, pieces } = mapping;
  requireList('mapping.ids', ids, remedy);
  requireList('mapping.pieces', pieces, remedy);
  if (ids.length !== pieces.length) {
    const received = `${ids.length} ids and ${pieces.length} pieces`;
    throw invalidField('mapping', 'as many ids as pieces', received, remedy);
  }
  const fault = ids.findIndex((id, i) => !Number.isInteger(id) || id <= (ids[i - 1] ?? -1) || id >= fullSize);
  if (fault >= 0) {
    throw invalidField(`mapping.ids[${fault}]`, `ascending and in [0, ${fullSize})`, ids[fault], remedy);
  }
}

/**
 * Makes the tokenizer of a mapping again, for instance from a checkpoint. It needs no other vocabulary.
 *
 * @param mapping - From {@link trimVocabulary}, perhaps by way of JSON.
 * @throws RangeError if the mapping is damaged.
 *
 * @example
 * ```ts
 * const tokenizer = tokenizerFromMapping(JSON.parse(text));
 * ```
 */
export function tokenizerFromMapping(mapping: VocabularyMapping): Tokenizer {
  checkMapping(mapping);
  return tokenizerFromPieces(mapping.pieces);
}

/**
 * Trimmed ids to ids of the full vocabulary.
 *
 * @param mapping - From {@link trimVocabulary}.
 * @param ids - Trimmed ids: [tokens].
 * @returns Full ids: [tokens].
 * @throws RangeError if an id is outside the trimmed vocabulary.
 *
 * @example
 * ```ts
 * createTokenizer().decode(toFullIds(mapping, trimmedIds));
 * ```
 */
export function toFullIds(mapping: VocabularyMapping, ids: ArrayLike<number>): Int32Array {
  checkMapping(mapping);
  requireList('ids', ids, 'Pass what encode gave.');
  return Int32Array.from(ids, (id) => {
    const full = mapping.ids[id];
    if (full !== undefined) return full;
    throw invalidField('id', `in [0, ${mapping.ids.length})`, id, 'Pass ids of the trimmed vocabulary.');
  });
}

/**
 * Ids of the full vocabulary to trimmed ids; a piece that was cut becomes `[UNK]`.
 *
 * @param mapping - From {@link trimVocabulary}.
 * @param ids - Full ids: [tokens].
 * @returns Trimmed ids: [tokens].
 * @throws RangeError if an id is outside the full vocabulary.
 *
 * @example
 * ```ts
 * toTrimmedIds(mapping, createTokenizer().encode('a dog'));
 * ```
 */
export function toTrimmedIds(mapping: VocabularyMapping, ids: ArrayLike<number>): Int32Array {
  checkMapping(mapping);
  requireList('ids', ids, 'Pass what encode gave.');
  const trimmed = new Map(mapping.ids.map((id, i) => [id, i]));
  const unknownId = mapping.pieces.indexOf('[UNK]');
  return Int32Array.from(ids, (id) => {
    if (Number.isInteger(id) && id >= 0 && id < mapping.fullSize) return trimmed.get(id) ?? unknownId;
    throw invalidField('id', `in [0, ${mapping.fullSize})`, id, 'Pass ids of the full vocabulary.');
  });
}
