import { pluralize, unusable } from '@m3ae/errors';
import type { Unreachable } from '../bytes/retry.js';
import { defaultMaxBadShare } from '../loader/options.js';
import type { DatasetNote } from '../notes.js';

/**
 * Counts files whose server does not answer, to be left out.
 *
 * @param total - Of all files.
 * @param maxBadShare - Share of them that may be left out. Default {@link defaultMaxBadShare}.
 * @throws InvalidInput if there are more.
 */
export function unreachableNotes(
  unreachable: readonly Unreachable[],
  total: number,
  maxBadShare = defaultMaxBadShare,
): DatasetNote[] {
  if (unreachable.length === 0) return [];
  const reasons = unreachable.slice(0, 3).map(({ message }) => message);
  if (unreachable.length > maxBadShare * total || unreachable.length === total) {
    const more = unreachable.length > 3 ? [`And ${unreachable.length - 3} more.`] : [];
    throw unusable([...reasons, ...more], {
      head: `${pluralize(unreachable.length, 'file')} of ${total} cannot be reached; the share is more than maxBadShare ${maxBadShare} allows`,
    });
  }
  const places = unreachable.slice(0, 100).map(({ address }) => address);
  return [{ code: 'unreachable-file', count: unreachable.length, places }];
}
