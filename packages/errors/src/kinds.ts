import { invalidField } from './invalid-input.js';
import { positiveInteger, throwFaults, unknownKeys } from './collect.js';

/** @throws InvalidInput for anything but a positive integer. */
export function requirePositiveInteger(path: string, value: unknown, remedy: string): void {
  throwFaults([positiveInteger(path, value, remedy)]);
}

/** Whether a value is an object with names, as JSON's are: no list, no array of numbers, no map. */
export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  !ArrayBuffer.isView(value) &&
  !(value instanceof Map || value instanceof Set);

/**
 * Refuses anything but a record: nothing, a number, a list, an array of numbers.
 *
 * @param keys - What it holds, for the message: `width, height`.
 * @throws InvalidInput
 */
export function requireRecord(path: string, value: unknown, keys: string, remedy: string): void {
  if (!isRecord(value)) throw invalidField(path, `a record { ${keys} }`, value, remedy);
}

/**
 * Refuses anything but a record of known options.
 *
 * @throws InvalidInput naming every unknown one, with the nearest known name.
 */
export function requireOptions(options: unknown, known: readonly string[], remedy: string): void {
  requireRecord('options', options, known.join(', '), remedy);
  throwFaults(unknownKeys('', options as object, known)); // a record, as was just seen
}

/** @throws InvalidInput for anything but a list or a typed array. */
export function requireList(path: string, value: unknown, remedy: string): void {
  if (Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView))) return;
  throw invalidField(path, 'a list', value, remedy);
}

/** As it is written: a square bracket holds its end, a round one does not, e.g. `[0, 1)`. */
export type Interval = `${'[' | '('}${number}, ${number | 'Infinity'}${']' | ')'}`;

/** Whether a value is a number in an interval; text that looks like one is none. */
export function isInInterval(value: unknown, interval: Interval): value is number {
  const [least, most] = interval.slice(1, -1).split(', ').map(Number) as [number, number]; // as its type says
  return (
    typeof value === 'number' &&
    (interval.startsWith('[') ? value >= least : value > least) &&
    (interval.endsWith(']') ? value <= most : value < most)
  );
}

/** What the system says of a failure: its code, such as `ENOENT`, the file that it is about, and the call that failed. */
export interface SystemError {
  readonly code?: string;
  readonly path?: string;
  readonly syscall?: string;
}

/** What the system says of anything that was thrown; nothing where it did not come from there. */
export function systemErrorOf(error: unknown): SystemError {
  if (!isRecord(error)) return {};
  const { code, path, syscall } = error;
  return {
    ...(typeof code === 'string' && { code }),
    ...(typeof path === 'string' && { path }),
    ...(typeof syscall === 'string' && { syscall }),
  };
}
