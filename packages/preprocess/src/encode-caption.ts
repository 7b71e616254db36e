import { invalidField, listSome } from '@m3ae/errors';
import type { Tokenizer } from './tokenizer.js';

/** A caption as a model takes it. */
export interface EncodedCaption {
  /** [maxLength] */
  readonly tokenIds: Int32Array;
  /** 1 = padding: [maxLength] */
  readonly paddingMask: Float32Array;
  /** The real pieces, in order. */
  readonly pieces: readonly string[];
  /** What the model does not read as it stands, a sentence each: words that it cannot spell, and what is cut off. */
  readonly notes: readonly string[];
}

/** Options of {@link encodeCaption}. */
export interface EncodeCaptionOptions {
  /** Word pieces that the model reads; the rest is cut off. */
  readonly maxLength: number;
  /** Whether the vocabulary was trimmed to the captions of a training, for messages. Default false. */
  readonly trimmed?: boolean;
  /** Of the input, for messages. Default `caption`. */
  readonly name?: string;
}

/** Words and marks of a text that the vocabulary cannot spell, each once. */
function unknownWords(text: string, tokenizer: Tokenizer): string[] {
  const words = text.replaceAll('[UNK]', ' ').match(/[\p{L}\p{M}\p{N}]+|[^\s\p{L}\p{M}\p{N}]/gu) ?? [];
  return [...new Set(words.filter((word) => tokenizer.encode(word).includes(tokenizer.unknownId)))];
}

function unknownNote(caption: string, tokenizer: Tokenizer, trimmed: boolean): string[] {
  const unknown = unknownWords(caption, tokenizer).map((word) => `"${word}"`);
  if (unknown.length === 0) return [];
  const whose = trimmed
    ? "The run's vocabulary is trimmed to the words of its training captions and lacks"
    : 'The vocabulary of the run lacks';
  return [`${whose} ${listSome(unknown)}: the model reads [UNK] there.`];
}

/**
 * One caption as a model takes it, with what it does not read of it.
 *
 * @throws InvalidInput if it is empty.
 */
export function encodeCaption(
  caption: string,
  tokenizer: Tokenizer,
  { maxLength, trimmed = false, name = 'caption' }: EncodeCaptionOptions,
): EncodedCaption {
  const ids = tokenizer.encode(caption);
  if (ids.length === 0) throw invalidField(name, 'words', 'none', 'Write what the picture shows.');
  const cut = tokenizer.decode(ids.slice(maxLength));
  const { tokenIds, paddingMask } = tokenizer.encodePadded(caption, maxLength);
  const cutNote = `${name} has ${ids.length} word pieces and the text of the model ${maxLength} (text.maxLength): "${cut}" is cut off.`;
  return {
    tokenIds,
    paddingMask,
    pieces: tokenizer.pieces(ids.slice(0, maxLength)),
    notes: [...unknownNote(caption, tokenizer, trimmed), ...(ids.length > maxLength ? [cutNote] : [])],
  };
}
