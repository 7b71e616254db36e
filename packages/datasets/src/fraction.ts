import { hash } from 'node:crypto';

/**
 * A number in [0, 1) that depends on the text alone: the first 32 bits of its SHA-256.
 * Splits made with it stay the same when examples are added, removed or reordered.
 */
export function fractionOf(text: string): number {
  return Number.parseInt(hash('sha256', text).slice(0, 8), 16) / 2 ** 32;
}
