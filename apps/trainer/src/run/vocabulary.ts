import { pluralize } from '@m3ae/errors';
import { createTokenizer, type Tokenizer, trimVocabulary, type VocabularyMapping } from '@m3ae/preprocess';
import type { TrainerConfig } from '../config/schema.js';
import { type DataSplit, limited } from '@m3ae/datasets';
import type { Sources } from './sources.js';

/** The word pieces of a run. */
export interface Vocabulary {
  readonly tokenizer: Tokenizer;
  /** How the ids relate to bert-base-uncased's; null where they are the same. */
  readonly mapping: VocabularyMapping | null;
}

function* captionsOf(part: DataSplit | null): Generator<string> {
  if (part === null) return;
  for (const index of part.indices) yield part.dataset.caption(index);
}

/** The vocabulary that a config asks for; the trimmed one keeps what the training part uses. */
export function vocabularyFor({ text }: TrainerConfig, { train, unpairedText }: Sources): Vocabulary {
  const full = createTokenizer();
  if (text.vocabulary === 'bert') return { tokenizer: full, mapping: null };
  const texts = (function* () {
    yield* captionsOf(train);
    yield* captionsOf(unpairedText);
  })();
  return trimVocabulary(full, texts);
}

/**
 * Logarithm of how often each piece is the answer, with one count added to each so that none is impossible.
 *
 * @returns [vocabSize]
 */
export function logFrequencies(
  { tokenizer }: Vocabulary,
  { train }: Sources,
  maxLength: number,
): Float32Array {
  const counts = new Float64Array(tokenizer.vocabSize).fill(1);
  for (const caption of captionsOf(train)) {
    for (const id of tokenizer.encode(caption, maxLength)) counts[id]!++;
  }
  const total = counts.reduce((sum, count) => sum + count, 0);
  return Float32Array.from(counts, (count) => Math.log(count / total));
}

/** Captions that are looked at: enough to know the share to a percent. */
const sampleSize = 10_000;

/** Word pieces of each of up to 10,000 captions, spread over a part. */
export function captionLengths(
  part: Pick<DataSplit, 'dataset' | 'indices'>,
  { tokenizer }: Pick<Vocabulary, 'tokenizer'>,
): number[] {
  const { dataset, indices } = limited(part, sampleSize);
  return Array.from(indices, (index) => tokenizer.encode(dataset.caption(index)).length);
}

/**
 * What training does not read of the captions: the word pieces beyond `text.maxLength`.
 *
 * @returns A sentence, or nothing where no caption is longer.
 */
export function cutCaptions(
  part: Pick<DataSplit, 'dataset' | 'indices'>,
  vocabulary: Vocabulary,
  maxLength: number,
): string[] {
  const lengths = captionLengths(part, vocabulary);
  const [looked, cut] = [lengths.length, lengths.filter((length) => length > maxLength).length];
  if (cut === 0) return [];
  const longest = Math.max(...lengths);
  const { indices } = part;
  const of =
    looked < indices.length ? `${pluralize(looked, 'caption')} looked at` : pluralize(looked, 'caption');
  const verb = cut === 1 ? 'is' : 'are';
  return [
    `${cut.toLocaleString('en')} of ${of} ${verb} longer than text.maxLength, ${pluralize(maxLength, 'word piece')}, and ${verb} cut there; the longest has ${longest.toLocaleString('en')}.`,
  ];
}
