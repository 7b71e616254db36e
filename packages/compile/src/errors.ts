/** Builds the one-sentence error every package throws for a bad argument. */
export function invalidField(field: string, rule: string, received: unknown, remedy: string): RangeError {
  return new RangeError(`${field} must be ${rule}; received ${String(received)}. ${remedy}`);
}
