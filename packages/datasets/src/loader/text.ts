import { invalidField, messageOf } from '@m3ae/errors';
import { checkedBy, integer, record } from '@m3ae/errors/rules';
import {
  createTokenizer,
  type PaddedText,
  type Tokenizer,
  tokenizerFromMapping,
  type VocabularyMapping,
} from '@m3ae/preprocess';
import { type BytePairs, createClipTokenizer } from '@m3ae/preprocess/clip';

/** A tokenizer as plain JSON: bert-base-uncased, the mapping that `trimVocabulary` gives, or CLIP's table of byte pairs. */
export type TokenizerSpec = 'bert' | VocabularyMapping | BytePairs;

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

/** The rule of {@link TextOptions.maxLength}. */
export const maxLengthRule = integer(
  { min: 1, limit: 8192 },
  'The number of word pieces kept of a caption, e.g. 64.',
);

/** The rule of {@link TextOptions}. */
export const textRule = record({
  maxLength: maxLengthRule,
  tokenizer: checkedBy((spec: TokenizerSpec | undefined) => {
    try {
      createTokenizerOf(spec ?? 'bert');
    } catch (error) {
      throw invalidField('', '"bert", a vocabulary mapping or byte pairs', spec, messageOf(error));
    }
    return spec;
  }),
});

/** Makes the tokenizer of a spec. */
export function createTokenizerOf(spec: TokenizerSpec): Tokenizer {
  if (spec === 'bert') return createTokenizer();
  return typeof spec === 'object' && 'merges' in spec
    ? createClipTokenizer(spec)
    : tokenizerFromMapping(spec);
}

/** Makes a {@link TextEncoder}. */
export function createTextEncoder({ maxLength, tokenizer = 'bert' }: TextOptions): TextEncoder {
  const made = createTokenizerOf(tokenizer);
  return { maxLength, encode: (caption) => made.encodePadded(caption, maxLength) };
}
