/** Levenshtein distance: insertions, deletions and substitutions between two words. */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const change = row[j - 1]! + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(change, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[to.length]!;
}

/** "Did you mean x?" for the nearest of `known`, or all of them where none is near. */
export function nearestNameHint(name: string, known: readonly string[]): string {
  const [best] = known
    .map((word) => ({ word, steps: distance(name.toLowerCase(), word.toLowerCase()) }))
    .sort((a, b) => a.steps - b.steps);
  const near = best !== undefined && best.steps <= Math.max(2, Math.floor(name.length / 3));
  return near ? `Did you mean ${best.word}?` : `Known names: ${known.join(', ')}.`;
}
