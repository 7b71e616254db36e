import { requireOptions } from '@m3ae/errors';
import { bertVocabulary } from './bert-vocabulary.js';
import { tokenizerFromPieces, type Tokenizer } from './tokenizer.js';

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
