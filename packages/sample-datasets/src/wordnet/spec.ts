import { checkOptions, oneOf, record } from '@m3ae/errors/rules';

/** The glosses and example sentences of WordNet. */
export interface WordnetSpec {
  readonly kind: 'wordnet';
}

/** @throws InvalidInput for any other option. */
export function resolveWordnetSpec(spec: WordnetSpec): WordnetSpec {
  return checkOptions(record({ kind: oneOf(['wordnet'], 'Write "wordnet".') }), spec);
}
