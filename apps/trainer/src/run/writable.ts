import { rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { explainWriteError, makeFolder, partName } from '@m3ae/checkpoint/files';

/**
 * Refuses a file that cannot be written, before minutes are spent on what it shall hold. Its folder is made.
 *
 * @param path - The file; what it holds stays as it is.
 * @throws InvalidInput if the place is at fault, Error if the disk is full.
 */
export function requireWritableFile(path: string): void {
  const probe = partName(path);
  try {
    makeFolder(dirname(path));
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
      throw Object.assign(new Error('a folder'), { code: 'EISDIR' });
    }
    writeFileSync(probe, '');
  } catch (error) {
    throw explainWriteError(error, path);
  } finally {
    rmSync(probe, { force: true });
  }
}

/**
 * Refuses a folder in which nothing can be written; it is made where it does not exist.
 *
 * @throws InvalidInput if the place is at fault, Error if the disk is full.
 */
export function requireWritableFolder(folder: string): void {
  makeFolder(folder);
  const probe = join(folder, partName('probe'));
  try {
    writeFileSync(probe, '');
  } catch (error) {
    throw explainWriteError(error, folder);
  } finally {
    rmSync(probe, { force: true });
  }
}
