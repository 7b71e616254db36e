import { emojiCredits } from './emoji/credits.js';
import type { EmojiVendor } from './emoji/spec.js';
import { iconCredits } from './icons/credits.js';

/** Who made data, and under which license. */
export interface SampleCredit {
  readonly name: string;
  readonly author: string;
  readonly license: string;
}

/** What is read of a source; one of another kind is nobody's of ours. */
export interface CreditedSource {
  readonly kind: string;
  readonly vendors?: readonly EmojiVendor[];
  readonly set?: string;
}

const names: SampleCredit = {
  name: 'emojibase (names and tags, after Unicode CLDR)',
  author: 'Miles Johnson',
  license: 'MIT, Unicode license',
};
const wordnet: SampleCredit = {
  name: 'WordNet 3.1',
  author: 'Princeton University',
  license: 'WordNet license',
};

const drawn = (credits: readonly { title: string; author: string; license: string }[]) =>
  credits.map(({ title, author, license }) => ({ name: title, author, license }));

function creditsOf({ kind, vendors, set }: CreditedSource): SampleCredit[] {
  if (kind === 'emoji' || kind === 'scenes') return [...drawn(emojiCredits(vendors)), names];
  if (kind === 'icons' && set !== undefined) return drawn(iconCredits([set]));
  return kind === 'wordnet' ? [wordnet] : [];
}

/**
 * Who made the built-in data among some sources, each once; empty for a person's own.
 *
 * @throws InvalidInput if a package of drawings is missing.
 */
export function sampleCredits(sources: readonly CreditedSource[]): SampleCredit[] {
  return [...new Map(sources.flatMap(creditsOf).map((credit) => [credit.name, credit])).values()];
}
