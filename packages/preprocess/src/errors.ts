/** Builds the one-sentence error every function of this package throws for a bad argument. */
export function invalidField(field: string, rule: string, received: unknown, remedy: string): RangeError {
  return new RangeError(`${field} must be ${rule}; received ${String(received)}. ${remedy}`);
}

/** Refuses anything but a positive integer. */
export function requirePositiveInteger(field: string, value: number, remedy: string): void {
  if (!Number.isInteger(value) || value < 1) throw invalidField(field, 'a positive integer', value, remedy);
}
