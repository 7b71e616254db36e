/** Builds the one-sentence error every function of this package throws for a bad argument. */
export function invalidField(field: string, rule: string, received: unknown, remedy: string): RangeError {
  return new RangeError(faultOf(field, rule, received, remedy));
}

/** The sentence of {@link invalidField}, for errors that report several faults at once. */
export function faultOf(field: string, rule: string, received: unknown, remedy: string): string {
  return `${field} must be ${rule}; received ${String(received)}. ${remedy}`;
}

/** Throws one RangeError with every fault on its own line, if there are any; `false` is no fault. */
export function throwFaults(faults: readonly (string | false)[]): void {
  const found = faults.filter((fault) => fault !== false);
  if (found.length > 0) throw new RangeError(found.join('\n'));
}
