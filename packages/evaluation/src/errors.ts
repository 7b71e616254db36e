import { type InvalidInput, unusable } from '@m3ae/errors';

/** Builds the one-sentence error every package throws for a bad argument. */
export function invalidField(field: string, rule: string, received: unknown, remedy: string): InvalidInput {
  return unusable(faultOf(field, rule, received, remedy));
}

/** The sentence of {@link invalidField}, for errors that report several faults at once. */
export function faultOf(field: string, rule: string, received: unknown, remedy: string): string {
  return `${field} must be ${rule}; received ${String(received)}. ${remedy}`;
}

/** Throws all faults at once, a line each and at most 20 of them; does nothing without any. */
export function throwFaults(faults: readonly string[]): void {
  if (faults.length > 0) throw unusable(faults);
}
