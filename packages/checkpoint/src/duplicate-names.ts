/**
 * Lists the names that occur twice within one object of a JSON text; `JSON.parse` keeps the last in silence.
 *
 * @param text - Valid JSON: parse it first.
 */
export function duplicateNames(text: string): string[] {
  const duplicates = new Set<string>();
  const objects: (Set<string> | undefined)[] = []; // one entry a bracket; undefined for a list
  // Unrolled, so that a very long name costs no stack in the expression engine.
  const token = /"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?|[{}[\]]/gs;
  for (const [word, colon] of text.matchAll(token)) {
    if (word === '{') objects.push(new Set());
    else if (word === '[') objects.push(undefined);
    else if (word === '}' || word === ']') objects.pop();
    else if (colon !== undefined) {
      const name = JSON.parse(word.slice(0, word.lastIndexOf('"') + 1)) as string;
      const names = objects.at(-1);
      if (names?.has(name)) duplicates.add(name);
      names?.add(name);
    }
  }
  return [...duplicates];
}
