import { type FaultCollector, messageOf } from '@m3ae/errors';
import {
  createTokenizer,
  type PaddedText,
  type Tokenizer,
  tokenizerFromMapping,
  type VocabularyMapping,
} from '@m3ae/preprocess';

/** A tokenizer as plain JSON: bert-base-uncased, or the mapping that `trimVocabulary` gives. */
export type TokenizerSpec = 'bert' | VocabularyMapping;

/** How captions become token ids. */
export interface TextOptions {
  /** Token ids an example; longer captions are cut. The reference takes 64 for captions, 256 for text alone. */
  readonly maxLength: number;
  /** Which ids. Default `'bert'`: the 30,522 pieces of bert-base-uncased. */
  readonly tokenizer?: TokenizerSpec;
}

/** Turns captions into rows of `maxLength` ids. */
export interface TextEncoder {
  readonly maxLength: number;
  encode(caption: string): PaddedText;
}

/** Adds what is wrong with text options. */
export function refuseTextFaults(
  faults: FaultCollector,
  { maxLength, tokenizer = 'bert', ...rest }: TextOptions,
): void {
  for (const name of Object.keys(rest))
    faults.refuseUnknown('text', { [name]: 0 }, ['maxLength', 'tokenizer']);
  const isLength = Number.isInteger(maxLength) && maxLength >= 1;
  faults.require(isLength, 'text.maxLength', 'a positive integer', maxLength, 'Take 64 for captions.');
  try {
    createTokenizerOf(tokenizer);
  } catch (error) {
    faults.require(false, 'text.tokenizer', '"bert" or a vocabulary mapping', tokenizer, messageOf(error));
  }
}

/** Makes the tokenizer of a spec. */
export function createTokenizerOf(spec: TokenizerSpec): Tokenizer {
  return spec === 'bert' ? createTokenizer() : tokenizerFromMapping(spec);
}

/** Makes a {@link TextEncoder}. */
export function createTextEncoder({ maxLength, tokenizer = 'bert' }: TextOptions): TextEncoder {
  const made = createTokenizerOf(tokenizer);
  return { maxLength, encode: (caption) => made.encodePadded(caption, maxLength) };
}
