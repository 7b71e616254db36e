const quote = 0x22;
const backslash = 0x5c;

/** Place of the quote that ends the string which begins at `begin`. */
function endOfString(text: string, begin: number): number {
  for (let end = text.indexOf('"', begin + 1); ; end = text.indexOf('"', end + 1)) {
    let escapes = 0;
    while (text.charCodeAt(end - 1 - escapes) === backslash) escapes++;
    if (escapes % 2 === 0) return end;
  }
}

/** Whether a colon follows, which makes a string a name. */
function isName(text: string, end: number): boolean {
  let next = end + 1;
  while (' \t\n\r'.includes(text.charAt(next))) next++;
  return text.charAt(next) === ':';
}

/**
 * Lists the names that occur twice within one object of a JSON text; `JSON.parse` keeps the last in silence.
 *
 * @param text - Valid JSON: parse it first.
 */
export function duplicateNames(text: string): string[] {
  const duplicates = new Set<string>();
  const objects: (Set<string> | undefined)[] = []; // one entry a bracket; undefined for a list
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x7b) objects.push(new Set());
    else if (code === 0x5b) objects.push(undefined);
    else if (code === 0x7d || code === 0x5d) objects.pop();
    if (code !== quote) continue;
    const end = endOfString(text, i);
    const raw = text.slice(i + 1, end);
    i = end;
    if (!isName(text, end)) continue;
    const name = raw.includes('\\') ? (JSON.parse(`"${raw}"`) as string) : raw;
    const names = objects.at(-1);
    if (names?.has(name)) duplicates.add(name);
    names?.add(name);
  }
  return [...duplicates];
}
