import { distance } from 'fastest-levenshtein';

/** Builds the one-sentence error every package throws for a bad argument. */
export function invalidField(field: string, rule: string, received: unknown, remedy: string): RangeError {
  return new RangeError(fault(field, rule, received, remedy));
}

/** The sentence of {@link invalidField}, to be collected with others. */
export function fault(field: string, rule: string, received: unknown, remedy: string): string {
  return `${field} must be ${rule}; received ${String(received)}. ${remedy}`;
}

/** Throws one error with all the faults found, one a line; nothing if there are none. */
export function throwFaults(faults: readonly (string | false | undefined)[]): void {
  const found = faults.filter((sentence) => typeof sentence === 'string');
  if (found.length > 0) throw new RangeError(found.join('\n'));
}

/** A fault for every key of `options` that is not in `known`, with the nearest known one as remedy. */
export function unknownKeys(options: object, known: readonly string[]): string[] {
  return Object.keys(options)
    .filter((name) => !known.includes(name))
    .map((name) => {
      const nearest = known.reduce((a, b) => (distance(name, b) < distance(name, a) ? b : a));
      return fault('options', `made of ${known.join(', ')}`, name, `Did you mean ${nearest}?`);
    });
}

/** A fault unless `value` is an integer of at least 1. */
export function positiveInteger(field: string, value: number, remedy: string): string | false {
  return !(Number.isInteger(value) && value >= 1) && fault(field, 'a positive integer', value, remedy);
}
