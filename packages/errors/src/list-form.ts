import { type Fault, faultOf, InvalidInput, within } from './invalid-input.js';
import { nearestHint } from './words.js';

/** The result of one check in a list: a fault, or nothing. */
export type MaybeFault = Fault | false | undefined;

/** The faults of a list of checks. */
export const presentFaults = (checks: readonly MaybeFault[]): Fault[] =>
  checks.filter((fault): fault is Fault => typeof fault === 'object');

/**
 * Throws all the faults of a list of checks at once; does nothing where there are none.
 *
 * @param head - Says of what, e.g. `The folder photos cannot be used`.
 * @throws InvalidInput with every fault in the list.
 *
 * @example
 * ```ts
 * throwFaults([
 *   ...unknownKeys('', options, ['rows', 'length']),
 *   positiveInteger('rows', options.rows, 'Pass the batch size.'),
 *   options.length > 4096 && faultOf('length', 'at most 4096', options.length, 'Split the sequence.'),
 * ]);
 * ```
 */
export function throwFaults(checks: readonly MaybeFault[], head?: string): void {
  const faults = presentFaults(checks);
  if (faults.length > 0) throw new InvalidInput(faults, { head });
}

/** A fault for each key of `record` that is not in `known`, with the nearest known name. */
export function unknownKeys(path: string, record: object, known: readonly string[]): Fault[] {
  return Object.keys(record)
    .filter((name) => !known.includes(name))
    .map((name) => faultOf(within(path, name), 'a known option', name, nearestHint(name, known)));
}

/** A fault unless `value` is an integer of at least 1. */
export function positiveInteger(path: string, value: unknown, remedy: string): MaybeFault {
  return (
    !(Number.isInteger(value) && (value as number) >= 1) && faultOf(path, 'a positive integer', value, remedy)
  );
}
