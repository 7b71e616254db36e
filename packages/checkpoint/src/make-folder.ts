import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { explainWriteError } from './write-error.js';

const isFolder = (path: string) => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;

function makeOne(path: string): void {
  try {
    mkdirSync(path);
  } catch (error) {
    if (!isFolder(path)) throw error; // else another process was faster
  }
}

/**
 * Makes a folder, and those that it lies in, where they do not exist yet.
 *
 * It goes down folder by folder, because Node's own `mkdir` with `recursive` never returns where the system says of
 * each name that it does not exist and cannot be made either, as below `/proc`.
 *
 * @throws InvalidInput if no folder can be made there, or a part of the path is a file.
 * @throws Error if the disk is full.
 *
 * @example
 * ```ts
 * makeFolder('runs/emoji/evaluations');
 * ```
 */
export function makeFolder(path: string): void {
  const missing: string[] = [];
  for (let place = resolve(path); !existsSync(place) && place !== dirname(place); place = dirname(place)) {
    missing.push(place);
  }
  try {
    missing.reverse().forEach(makeOne);
    if (!isFolder(path)) throw Object.assign(new Error('not a folder'), { code: 'ENOTDIR' });
  } catch (error) {
    throw explainWriteError(error, path);
  }
}
