import { rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { partName } from './durable-write.js';
import { makeFolder } from './make-folder.js';
import { explainWriteError } from './write-error.js';

/** Writes an empty file beside the place that is asked for, and removes it. */
function tryToWrite(beside: string, asked: string): void {
  const probe = partName(beside);
  try {
    writeFileSync(probe, '');
    rmSync(probe, { force: true });
  } catch (error) {
    throw explainWriteError(error, asked);
  }
}

/**
 * Refuses a file that cannot be written, before minutes are spent on what it shall hold. Its folder is made.
 *
 * @param path - The file; what it holds stays as it is.
 * @throws InvalidInput if the place is at fault, Error if the disk is full.
 */
export function requireWritableFile(path: string): void {
  makeFolder(dirname(path));
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
    throw explainWriteError(Object.assign(new Error('a folder'), { code: 'EISDIR' }), path);
  }
  tryToWrite(path, path);
}

/**
 * Refuses a folder in which nothing can be written; it is made where it does not exist.
 *
 * @throws InvalidInput if the place is at fault, Error if the disk is full.
 */
export function requireWritableFolder(folder: string): void {
  makeFolder(folder);
  tryToWrite(join(folder, 'probe'), folder);
}
