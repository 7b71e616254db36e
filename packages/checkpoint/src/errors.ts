import { limitLines } from '@m3ae/errors';

/** Builds the one-sentence error every package throws for a bad argument. */
export function invalidField(field: string, rule: string, received: unknown, remedy: string): RangeError {
  return new RangeError(`${field} must be ${rule}; received ${String(received)}. ${remedy}`);
}

/** Joins several faults of one thing into one error; a single fault stays one line. */
export function faultyParts(what: string, faults: readonly string[], remedy: string): RangeError {
  const list =
    faults.length === 1
      ? ` ${faults[0]}`
      : limitLines(faults)
          .map((fault) => `\n  - ${fault}`)
          .join('');
  return new RangeError(`${what};${list}\n${remedy}`);
}
