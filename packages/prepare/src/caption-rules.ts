import type { ResolvedPrepareOptions } from './options.js';

/** Knows words of languages that put no spaces between them, too. */
const segmenter = new Intl.Segmenter('en', { granularity: 'word' });

/** The words of a caption in lower case; signs and spaces are none. */
export function wordsOf(caption: string): string[] {
  return Array.from(segmenter.segment(caption))
    .filter(({ isWordLike }) => isWordLike)
    .map(({ segment }) => segment.toLowerCase());
}

function letterShare(caption: string): number {
  const signs = caption.match(/\S/gu) ?? [];
  const letters = caption.match(/[\p{L}\p{M}]/gu) ?? [];
  return signs.length === 0 ? 0 : letters.length / signs.length;
}

function largestWordShare(words: readonly string[]): number {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return Math.max(0, ...counts.values()) / Math.max(1, words.length);
}

/** The options that {@link captionFault} reads. */
export type CaptionRules = Pick<
  ResolvedPrepareOptions,
  'minCaptionWords' | 'maxCaptionWords' | 'minLetterShare' | 'maxWordShare'
>;

/** What is wrong with a caption, in words; undefined where it may stay. */
export function captionFault(caption: string, rules: CaptionRules): string | undefined {
  const { minCaptionWords, maxCaptionWords, minLetterShare, maxWordShare } = rules;
  const words = wordsOf(caption);
  if (words.length < minCaptionWords) return `${words.length} words; minCaptionWords is ${minCaptionWords}`;
  if (maxCaptionWords !== null && words.length > maxCaptionWords)
    return `${words.length} words; maxCaptionWords is ${maxCaptionWords}`;
  const letters = letterShare(caption);
  if (letters < minLetterShare)
    return `${letters.toFixed(2)} of it letters; minLetterShare is ${minLetterShare}`;
  const share = words.length > 2 ? largestWordShare(words) : 0;
  if (share > maxWordShare) return `${share.toFixed(2)} of it one word; maxWordShare is ${maxWordShare}`;
  return undefined;
}
