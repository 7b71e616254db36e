import { invalidField } from '@m3ae/errors';

/** Throws unless `count` can be the length of an array. */
export function checkCount(field: string, count: number): void {
  if (!Number.isInteger(count) || count < 0 || count > 0xffffffff) {
    throw invalidField(field, 'an integer in [0, 2^32)', count, 'Pass how many values to draw.');
  }
}
