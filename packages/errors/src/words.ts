import { distance } from 'fastest-levenshtein';

/**
 * The known name that a misspelt one most likely means.
 *
 * Upper and lower case are the same here; two swapped neighbors count as two changes.
 *
 * @returns A name at most two changes away, or a third of the letters; `undefined` where none is so near.
 *
 * @example
 * ```ts
 * nearestName('maskRation', ['maskRatio', 'patchSize']); // 'maskRatio'
 * ```
 */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  const wrong = name.toLowerCase();
  let best: string | undefined;
  let least = Infinity;
  for (const candidate of known) {
    const changes = distance(wrong, candidate.toLowerCase());
    if (changes < least) [best, least] = [candidate, changes];
  }
  return least <= Math.max(2, Math.ceil(name.length / 3)) ? best : undefined;
}

/** What to add to "unknown name": `Did you mean maskRatio?`, or the known names where none is near. */
export function nearestHint(name: string, known: readonly string[]): string {
  if (known.length === 0) return 'None is known here.';
  const near = nearestName(name, known);
  return near === undefined ? `Known names: ${listSome(known, 40)}.` : `Did you mean ${near}?`;
}

/**
 * The divisor of a count that is nearest to another number, for what to write instead.
 *
 * @example
 * ```ts
 * nearestDivisor(100, 3); // 2
 * ```
 */
export function nearestDivisor(count: number, wanted: number): number {
  const divisors = Array.from({ length: count }, (_, i) => i + 1).filter((each) => count % each === 0);
  return divisors.reduce((best, next) => (Math.abs(next - wanted) < Math.abs(best - wanted) ? next : best));
}

/** The multiples of a divisor around a number: `240 or 256`, for what to write instead. */
export function multiplesAround(value: number, divisor: number): string {
  const below = Math.floor(value / divisor) * divisor;
  return below > 0 ? `${below} or ${below + divisor}` : `${below + divisor}`;
}

/** Joins at most `limit` items with commas and counts the rest: `a, b and 3 more`. */
export function listSome(items: readonly string[], limit = 20): string {
  const shown = items.slice(0, limit).join(', ');
  return items.length > limit ? `${shown} and ${items.length - limit} more` : shown;
}

/** How many faults a message shows before it counts the rest. */
const shownLines = 20;

/**
 * A list of faults as a message shows it: the first 20 lines, and one that counts the others.
 *
 * @example
 * ```ts
 * limitLines(faults).join('\n'); // 21 lines at most, however many rows of a file are wrong
 * ```
 */
export function limitLines(lines: readonly string[]): string[] {
  const more = lines.length - shownLines;
  if (more <= 0) return [...lines];
  return [...lines.slice(0, shownLines), `and ${pluralize(more, 'more fault')} of this kind or another.`];
}

/** `captions`, `classes`, `batches`, `entries`. */
function pluralOf(noun: string): string {
  if (/(s|x|z|ch|sh)$/.test(noun)) return `${noun}es`;
  return /[^aeiou]y$/.test(noun) ? `${noun.slice(0, -1)}ies` : `${noun}s`;
}

/**
 * A count with its noun, as a person reads it.
 *
 * @param noun - For one thing.
 * @param plural - For any other number; by default `noun` with its English ending. Give it where another word than the
 * last changes: `pluralize(n, 'file was skipped', 'files were skipped')`.
 *
 * @example
 * ```ts
 * pluralize(1, 'class'); // '1 class'
 * pluralize(11275, 'word piece'); // '11,275 word pieces'
 * ```
 */
export function pluralize(count: number, noun: string, plural = pluralOf(noun)): string {
  return `${count.toLocaleString('en')} ${count === 1 ? noun : plural}`;
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Seconds as `1 h 02 min`, `3 min 05 s` or `42 s`. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const pad = (value: number) => String(value).padStart(2, '0');
  if (whole >= 3600) return `${Math.floor(whole / 3600)} h ${pad(Math.floor((whole % 3600) / 60))} min`;
  return whole >= 60 ? `${Math.floor(whole / 60)} min ${pad(whole % 60)} s` : `${whole} s`;
}
