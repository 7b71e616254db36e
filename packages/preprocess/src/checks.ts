import { invalidField, positiveInteger, throwFaults } from '@m3ae/errors';

/** @throws InvalidInput for anything but a positive integer. */
export function requirePositiveInteger(field: string, value: unknown, remedy: string): void {
  throwFaults([positiveInteger(field, value, remedy)]);
}

/** @throws InvalidInput for anything but a record: nothing, a number, a list, an array of numbers. */
export function requireRecord(field: string, value: unknown, keys: string, remedy: string): void {
  const isRecord =
    typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
  if (!isRecord) throw invalidField(field, `a record { ${keys} }`, value, remedy);
}

/** @throws InvalidInput for anything but a list or a typed array. */
export function requireList(field: string, value: unknown, remedy: string): void {
  if (Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView))) return;
  throw invalidField(field, 'a list', value, remedy);
}
