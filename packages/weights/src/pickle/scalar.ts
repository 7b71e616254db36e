import { invalidField } from '@m3ae/errors';
import { arrayOfBuffer } from './numpy.js';
import { elementsOf } from './to-tensor.js';
import { isPickled, type PickleValue } from './values.js';

/** `scalar(dtype, bytes)`, a NumPy number: a plain one. One of a type that is not read here becomes null. */
export function numberOfScalar([dtype, content]: readonly PickleValue[], where: string): PickleValue {
  if (!isPickled(dtype, 'dtype')) {
    throw invalidField(where, 'an element type', typeof dtype, 'The file is damaged: fetch it again.');
  }
  if (Array.isArray(content)) return null;
  const value = elementsOf(arrayOfBuffer([content ?? null, dtype, [], 'C'], where))?.[0];
  return typeof value === 'bigint' && Number.isSafeInteger(Number(value)) ? Number(value) : (value ?? null);
}
