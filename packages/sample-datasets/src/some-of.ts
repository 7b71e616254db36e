import { matching, type Rule, rewritten, withDefault } from '@m3ae/errors/rules';

/**
 * The rule of a choice among words: some of them at least, by default all. They come in one order whatever the caller's, so that
 * equal choices share a cache and the order of examples.
 */
export function someOf<const Word extends string>(
  words: readonly Word[],
  remedy: string,
): Rule<readonly Word[], readonly Word[] | undefined> {
  const isSome = (chosen: unknown): chosen is readonly Word[] =>
    Array.isArray(chosen) && chosen.length > 0 && chosen.every((word) => words.includes(word as Word));
  const some = matching<readonly Word[]>(`a list of ${words.join(', ')}`, isSome, remedy, words);
  const inOrder = (chosen: unknown) =>
    isSome(chosen) ? words.filter((word) => chosen.includes(word)) : chosen;
  return withDefault(rewritten<readonly Word[], readonly Word[], never>(inOrder, some), words);
}
