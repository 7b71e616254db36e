import { invalidField } from '@m3ae/errors';
import type { RngKey } from './key.js';

/** Throws unless `key` is a pair of words: a seed in its place is an easy mistake. */
export function checkKey(key: unknown): void {
  const words = key as Partial<RngKey> | null | undefined;
  if (words?.length === 2 && Number.isInteger(words[0]) && Number.isInteger(words[1])) return;
  throw invalidField('key', 'a random key', key, 'Make one of a seed: key(0).');
}

/** Throws unless `count` can be the length of an array. */
export function checkCount(field: string, count: number): void {
  if (!Number.isInteger(count) || count < 0 || count > 0xffffffff) {
    throw invalidField(field, 'an integer in [0, 2^32)', count, 'Pass how many values to draw.');
  }
}
