import { pluralize, unusable } from '@m3ae/errors';
import type { ByteFile } from '../bytes/file.js';
import { Unreachable, unreachableOf } from '../bytes/retry.js';
import { defaultMaxBadShare } from '../loader/options.js';
import { type DatasetNote, noteOf } from '../notes.js';
import { streamInOrder } from '../parallel.js';

/** Files that are read at a time; what they gave is held until those before are there. */
const parallelFiles = 4;

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
  const places = unreachable.map(({ address }) => address);
  return [noteOf('unreachable-file', { count: unreachable.length, places })];
}

/**
 * Reads files, four at a time, in their order.
 *
 * @param unreachable - Is given those whose server does not answer; they are left out.
 */
export async function* readReachable<Read>(
  files: readonly ByteFile[],
  read: (file: ByteFile) => Promise<Read>,
  unreachable: Unreachable[],
  onRead: (done: number, total: number) => void,
): AsyncGenerator<{ readonly place: number; readonly file: ByteFile; readonly read: Read }, void, void> {
  let place = 0;
  for await (const found of streamInOrder(files, (file) => read(file).catch(unreachableOf), parallelFiles)) {
    const file = files[place]!;
    onRead(place + 1, files.length);
    if (found instanceof Unreachable) unreachable.push(found);
    else yield { place, file, read: found };
    place++;
  }
}
