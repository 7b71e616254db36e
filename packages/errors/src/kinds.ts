import { invalidField } from './invalid-input.js';
import { positiveInteger, throwFaults, unknownKeys } from './list-form.js';

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
