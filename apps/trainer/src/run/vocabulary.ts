import { splitCaptions } from '@m3ae/datasets';
import { createTokenizer, type Tokenizer, trimVocabulary, type VocabularyMapping } from '@m3ae/preprocess';
import type { TrainerConfig } from '../config/schema.js';
import type { Sources } from './sources.js';

/** The word pieces of a run. */
export interface Vocabulary {
  readonly tokenizer: Tokenizer;
  /** How the ids relate to bert-base-uncased's; null where they are the same. */
  readonly mapping: VocabularyMapping | null;
}

/** The vocabulary that a config asks for; the trimmed one keeps what the training part uses. */
export function vocabularyFor({ text }: TrainerConfig, { train, unpairedText }: Sources): Vocabulary {
  const full = createTokenizer();
  if (text.vocabulary === 'bert') return { tokenizer: full, mapping: null };
  const texts = (function* () {
    yield* splitCaptions(train);
    yield* splitCaptions(unpairedText);
  })();
  return trimVocabulary(full, texts);
}
