import { pluralize } from '@m3ae/errors';
import type { Part } from './parts.js';
import type { Vocabulary } from './vocabulary.js';

/** Captions that are looked at: enough to know the share to a percent. */
const sampleSize = 10_000;

/**
 * What training does not read of the captions: the word pieces beyond `text.maxLength`.
 *
 * @returns A sentence, or nothing where no caption is longer.
 */
export function cutCaptions(
  { dataset, indices }: Pick<Part, 'dataset' | 'indices'>,
  { tokenizer }: Vocabulary,
  maxLength: number,
): string[] {
  const looked = Math.min(sampleSize, indices.length);
  let cut = 0;
  let longest = 0;
  for (let at = 0; at < looked; at++) {
    const index = indices[Math.floor((at * indices.length) / looked)]!;
    const { length } = tokenizer.encode(dataset.caption(index));
    if (length > maxLength) cut++;
    longest = Math.max(longest, length);
  }
  if (cut === 0) return [];
  const of =
    looked < indices.length ? `${pluralize(looked, 'caption')} looked at` : pluralize(looked, 'caption');
  const verb = cut === 1 ? 'is' : 'are';
  return [
    `${cut.toLocaleString('en')} of ${of} ${verb} longer than text.maxLength, ${pluralize(maxLength, 'word piece')}, and ${verb} cut there; the longest has ${longest.toLocaleString('en')}.`,
  ];
}
