import { distance } from 'fastest-levenshtein';

/** "Did you mean x?" for the nearest of `known`, or all of them where none is near. */
export function nearestNameHint(name: string, known: readonly string[]): string {
  const [best] = known
    .map((word) => ({ word, steps: distance(name.toLowerCase(), word.toLowerCase()) }))
    .sort((a, b) => a.steps - b.steps);
  const near = best !== undefined && best.steps <= Math.max(2, Math.floor(name.length / 3));
  return near ? `Did you mean ${best.word}?` : `Known names: ${known.join(', ')}.`;
}
