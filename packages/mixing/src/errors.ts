import { distance } from 'fastest-levenshtein';

/** The sentence that every error is made of; several faults are reported at once. */
export function fault(field: string, rule: string, received: unknown, remedy: string): string {
  return `${field} must be ${rule}; received ${String(received)}. ${remedy}`;
}

/** Throws one error with all the faults found, one a line; nothing if there are none. */
export function throwFaults(faults: readonly (string | false | undefined)[]): void {
  const found = faults.filter((sentence) => typeof sentence === 'string');
  if (found.length > 0) throw new RangeError(found.join('\n'));
}

/** A fault for every key of `record` that is not in `known`, with the nearest known one as remedy. */
export function unknownKeys(field: string, record: object, known: readonly string[]): string[] {
  return Object.keys(record)
    .filter((name) => !known.includes(name))
    .map((name) => {
      const nearest = known.reduce((a, b) => (distance(name, b) < distance(name, a) ? b : a));
      return fault(field, `made of ${known.join(', ')}`, name, `Did you mean ${nearest}?`);
    });
}

/** A fault unless `value` is an integer of at least 1. */
export function positiveInteger(field: string, value: number, remedy: string): string | false {
  return !(Number.isInteger(value) && value >= 1) && fault(field, 'a positive integer', value, remedy);
}
