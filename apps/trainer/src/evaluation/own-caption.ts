import { listSome, unusable } from '@m3ae/errors';
import type { Vocabulary } from '../run/vocabulary.js';
import type { OpenedRun } from './open-run.js';

/** A caption as the model takes it. */
export interface EncodedCaption {
  /** [textLength] */
  readonly tokenIds: Int32Array;
  /** 1 = padding: [textLength] */
  readonly paddingMask: Float32Array;
  /** The real pieces, in order. */
  readonly pieces: readonly string[];
  /** What the model does not read as it stands, a sentence each: words that it cannot spell, and what is cut off. */
  readonly notes: readonly string[];
}

/** Words and marks of a text that the vocabulary cannot spell, each once. */
function unknownWords(text: string, { tokenizer }: Vocabulary): string[] {
  const words = text.replaceAll('[UNK]', ' ').match(/[\p{L}\p{M}\p{N}]+|[^\s\p{L}\p{M}\p{N}]/gu) ?? [];
  return [...new Set(words.filter((word) => tokenizer.encode(word).includes(tokenizer.unknownId)))];
}

function unknownNote(caption: string, vocabulary: Vocabulary): string[] {
  const unknown = unknownWords(caption, vocabulary).map((word) => `"${word}"`);
  if (unknown.length === 0) return [];
  const whose =
    vocabulary.mapping === null
      ? 'The vocabulary of the run lacks'
      : "The run's vocabulary is trimmed to the words of its training captions and lacks";
  return [`${whose} ${listSome(unknown)}: the model reads [UNK] there.`];
}

/**
 * A person's caption as the model takes it: what is longer than the model's text is cut off, as in training.
 *
 * @param name - Of the input, for messages.
 * @throws InvalidInput if it is empty.
 */
export function encodeCaption(
  caption: string,
  { config, vocabulary }: Pick<OpenedRun, 'config' | 'vocabulary'>,
  name = '--caption',
): EncodedCaption {
  const { maxLength } = config.text;
  const { tokenizer } = vocabulary;
  const ids = tokenizer.encode(caption);
  if (ids.length === 0) {
    throw unusable([`${name} must hold words; received none. Write what the picture shows.`]);
  }
  const cut = tokenizer.decode(ids.slice(maxLength));
  const { tokenIds, paddingMask } = tokenizer.encodePadded(caption, maxLength);
  return {
    tokenIds,
    paddingMask,
    pieces: tokenizer.pieces(ids.slice(0, maxLength)),
    notes: [
      ...unknownNote(caption, vocabulary),
      ...(ids.length > maxLength
        ? [
            `${name} has ${ids.length} word pieces and the text of the model ${maxLength} (text.maxLength): "${cut}" is cut off.`,
          ]
        : []),
    ],
  };
}
