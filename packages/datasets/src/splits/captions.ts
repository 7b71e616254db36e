import { pluralize } from '@m3ae/errors';
import type { Tokenizer } from '@m3ae/preprocess';
import { type DataSplit, limited } from './picture-splits.js';

/** Examples whose captions are looked at. */
export type CaptionedExamples = Pick<DataSplit, 'dataset' | 'indices'>;

/** The captions of a split, in order; none where there is no split. */
export function* splitCaptions(split: CaptionedExamples | null): Generator<string, void, void> {
  if (split === null) return;
  for (const index of split.indices) yield split.dataset.caption(index);
}

/**
 * Logarithm of how often each word piece is the answer, with one count added to each so that none is impossible. With it as the bias of
 * a text head, training begins at the loss of guessing by frequency.
 *
 * @param maxLength - Word pieces of a caption that count.
 * @returns [vocabSize]
 */
export function logFrequencies(
  split: CaptionedExamples,
  tokenizer: Tokenizer,
  maxLength: number,
): Float32Array {
  const counts = new Float64Array(tokenizer.vocabSize).fill(1);
  for (const caption of splitCaptions(split)) {
    for (const id of tokenizer.encode(caption, maxLength)) counts[id]!++;
  }
  const total = counts.reduce((sum, count) => sum + count, 0);
  return Float32Array.from(counts, (count) => Math.log(count / total));
}

/** How long captions are in word pieces, and how many are not there. */
export interface CaptionStatistics {
  /** Rounded to one decimal. */
  readonly mean: number;
  readonly median: number;
  readonly longest: number;
  /** Examples without a caption. */
  readonly missing: number;
}

/** How long all captions of a split are; undefined where none has a caption. */
export function captionStatistics(
  split: CaptionedExamples,
  tokenizer: Tokenizer,
): CaptionStatistics | undefined {
  const given = [...splitCaptions(split)].filter((caption) => caption !== '');
  if (given.length === 0) return undefined;
  const lengths = given.map((caption) => tokenizer.encode(caption).length).sort((a, b) => a - b);
  const sum = lengths.reduce((total, length) => total + length, 0);
  return {
    mean: Number((sum / lengths.length).toFixed(1)),
    median: lengths[Math.floor(lengths.length / 2)]!,
    longest: lengths.at(-1)!,
    missing: split.indices.length - given.length,
  };
}

/** Captions that are looked at: enough to know the share to a percent. */
const sampleSize = 10_000;

/** Word pieces of each of up to 10,000 captions, spread over a split. */
export function captionLengths(split: CaptionedExamples, tokenizer: Tokenizer): number[] {
  const { dataset, indices } = limited(split, sampleSize);
  return Array.from(indices, (index) => tokenizer.encode(dataset.caption(index)).length);
}

/** What {@link cutCaptions} is told. */
export interface CutCaptionsOptions {
  /** Word pieces that are read of a caption. */
  readonly maxLength: number;
  /** What the option is called where a person sets it. Default `maxLength`. */
  readonly setting?: string;
}

/**
 * What training does not read of the captions: the word pieces beyond a length.
 *
 * @returns A sentence, or nothing where no caption is longer.
 *
 * @example
 * ```ts
 * cutCaptions(train, createTokenizer(), { maxLength: 64 }); // ['3 of 100 captions are longer than maxLength, 64 word pieces, …']
 * ```
 */
export function cutCaptions(
  split: CaptionedExamples,
  tokenizer: Tokenizer,
  { maxLength, setting = 'maxLength' }: CutCaptionsOptions,
): string[] {
  const lengths = captionLengths(split, tokenizer);
  const [looked, cut] = [lengths.length, lengths.filter((length) => length > maxLength).length];
  if (cut === 0) return [];
  const longest = Math.max(...lengths);
  const captions = pluralize(looked, 'caption');
  const of = looked < split.indices.length ? `${captions} looked at` : captions;
  const verb = cut === 1 ? 'is' : 'are';
  return [
    `${cut.toLocaleString('en')} of ${of} ${verb} longer than ${setting}, ${pluralize(maxLength, 'word piece')}, and ${verb} cut there; the longest has ${longest.toLocaleString('en')}.`,
  ];
}
