import { distance } from 'fastest-levenshtein';

/** Builds the one-sentence error every package throws for a bad argument. */
export function invalidField(field: string, rule: string, received: unknown, remedy: string): RangeError {
  return new RangeError(faultOf(field, rule, received, remedy));
}

/** The sentence of {@link invalidField}, for errors that report several faults at once. */
export function faultOf(field: string, rule: string, received: unknown, remedy: string): string {
  return `${field} must be ${rule}; received ${String(received)}. ${remedy}`;
}

/** Throws one RangeError with every fault on its own line, if there are any. */
export function throwFaults(faults: readonly string[]): void {
  if (faults.length > 0) throw new RangeError(faults.join('\n'));
}

/** The candidate with the smallest edit distance to `name`. */
export function nearestName(name: string, candidates: readonly string[]): string {
  const distances = candidates.map((candidate) => distance(name.toLowerCase(), candidate.toLowerCase()));
  return candidates[distances.indexOf(Math.min(...distances))]!;
}
