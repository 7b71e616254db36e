import { throwFaults, unknownKeys } from '@m3ae/errors';

/** The glosses and example sentences of WordNet. */
export interface WordnetSpec {
  readonly kind: 'wordnet';
}

/** @throws InvalidInput for any other option. */
export function resolveWordnetSpec(spec: WordnetSpec): WordnetSpec {
  throwFaults(unknownKeys('', spec, ['kind']));
  return { kind: 'wordnet' };
}
