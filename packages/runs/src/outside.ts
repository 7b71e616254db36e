import { existsSync, realpathSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { invalidField } from '@m3ae/errors';

/** Where a path leads, whatever links are on its way; what is not there yet lies in the nearest folder that is. */
function realPlace(path: string): string {
  const whole = resolve(path);
  const parent = dirname(whole);
  if (existsSync(whole) || parent === whole) return realpathSync(whole);
  return join(realPlace(parent), basename(whole));
}

/** A folder whose files are read. */
export interface ReadFolder {
  readonly path: string;
  /** Whether links in it are followed. Default false. */
  readonly followLinks?: boolean;
}

/**
 * Refuses a folder to write into that lies in one that is read: what is written would be data the next time.
 *
 * @param folder - It need not be there yet.
 * @param words - What the option is called, and what to do instead.
 * @throws InvalidInput
 *
 * @example
 * ```ts
 * requireOutsideOf('photos/run', [{ path: 'photos' }]); // folder must be outside of photos, whose pictures are read …
 * ```
 */
export function requireOutsideOf(
  folder: string,
  folders: readonly ReadFolder[],
  { path: option = 'folder', remedy = 'Choose another folder.' } = {},
): void {
  const isWithin = (path: string, place: string) => {
    const way = relative(path, place);
    return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
  };
  const place = realPlace(folder);
  const around = folders.find(
    ({ path, followLinks = false }) =>
      isWithin(realPlace(path), place) || (followLinks && isWithin(path, folder)),
  );
  if (around === undefined) return;
  throw invalidField(option, `outside of ${around.path}, whose pictures are read`, folder, remedy);
}
