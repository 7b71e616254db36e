import type { Tokenizer } from '@m3ae/preprocess';
import { foldIn, key, randomInteger } from '@m3ae/random';

/**
 * Captions of 8 to 22 random words of the vocabulary, every fourth of them two words grown together.
 * No caption comes twice, and most words are rare, so that a tokenizer's memory of words helps it no more than on real text.
 */
export function makeCaptions(tokenizer: Tokenizer, count: number): string[] {
  return Array.from({ length: count }, (_, index) => {
    const chance = foldIn(key(8), index);
    const length = randomInteger(chance, 1, 8, 23)[0]!;
    // Below 2,000 lie the pieces without a word: unused places, letters, punctuation.
    const words = [...randomInteger(foldIn(chance, 1), 2 * length, 2000, tokenizer.vocabSize)].map((id) =>
      tokenizer.decode([id]).replace('##', ''),
    );
    return Array.from({ length }, (_unused, i) =>
      i % 4 === 3 ? words[2 * i]! + words[2 * i + 1]! : words[2 * i]!,
    ).join(' ');
  });
}
