import { listSome, pluralize, unusable } from '@m3ae/errors';
import type { Part } from '../run/parts.js';
import type { Progress } from '../run/progress.js';

/**
 * A part with those of its examples that could be read, so that its length is the number that was measured. What is
 * left out is told: how many, and which.
 *
 * @param read - Examples whose pictures could be decoded, in the order of the part.
 * @throws InvalidInput if there are none.
 */
export function readPart(part: Part, read: Int32Array, progress: Progress): Part {
  const { title, dataset, indices } = part;
  const unreadable = indices.length - read.length;
  if (unreadable === 0) return part;
  if (read.length === 0) {
    throw unusable([
      `The part "${title}" must hold a picture that can be read; received ${indices.length} that cannot. "npx @m3ae/trainer data" tells why.`,
    ]);
  }
  const kept = new Set(read);
  const names = Array.from(
    indices.filter((index) => !kept.has(index)),
    (index) => dataset.describe(index),
  );
  progress.say(
    `${pluralize(unreadable, 'picture')} of ${indices.length} (${title}) cannot be read and ${unreadable === 1 ? 'is' : 'are'} left out: ${listSome(names, 5)}.`,
  );
  return { ...part, indices: read, unreadable };
}
