import { existsSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { faultOf, invalidField, InvalidInput, sentenceOf, systemErrorOf } from '@m3ae/errors';

/** What is wrong with a place, whatever else happens: another one must be chosen. */
const places: Readonly<Record<string, string>> = {
  EROFS: 'The file system is read-only: choose another folder',
  EACCES: 'The folder may not be written: change its permissions, or choose another folder',
  EPERM: 'The folder may not be written: change its permissions, or choose another folder',
  ENOTDIR: 'A part of the path is a file: choose another folder',
  EISDIR: 'A folder has this name: choose another name',
  ENOENT: 'The system keeps no files there: choose another folder',
  ENAMETOOLONG: 'The name is too long: choose a shorter one',
  ELOOP: 'A link of the path leads back to itself: choose another folder',
  EINVAL: 'The system allows no such name there: choose another one',
};

/** What may pass: the same place can do when there is room again. */
const conditions: Readonly<Record<string, string>> = {
  ENOSPC: 'The disk is full: free space, or choose another folder',
  EDQUOT: 'The disk quota is used up: free space, or choose another folder',
  EFBIG: 'The file system or a limit of the shell (ulimit -f) forbids files of this size: raise it',
  EIO: 'The disk failed: look at the log of the system, or choose another disk',
};

/** A size as a message tells it, rounded up. */
export function sizeWords(bytes: number): string {
  return bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${Math.ceil(bytes / 1e6)} MB`;
}

/**
 * Turns an error of the file system into one sentence: what was being written, why it could not be, and what to do.
 *
 * @param path - What was being written.
 * @param comfort - Sentences at the end: how much room is needed, what is safe.
 * @returns `InvalidInput` where the place is at fault, an `Error` where the disk is full or broken, both with the first
 * error as `cause`; any other error as it is.
 */
export function explainWriteError(error: unknown, path: string, comfort?: string): unknown {
  const { code = '' } = systemErrorOf(error);
  const known = [places, conditions].find((advice) => Object.hasOwn(advice, code));
  if (known === undefined) return error;
  const fault = faultOf(path, 'writable', code, `${[`${known[code]!}.`, comfort ?? []].flat().join(' ')}`);
  return known === places
    ? new InvalidInput([fault], { cause: error })
    : new Error(sentenceOf(fault), { cause: error });
}

const fullCodes = new Set<unknown>(['ENOSPC', 'EDQUOT']);

/** Whether an error, or its cause, says that there is no room left. */
export function isDiskFull(error: unknown): boolean {
  const isFull = (failure: unknown) => fullCodes.has(systemErrorOf(failure).code);
  return isFull(error) || (error instanceof Error && isFull(error.cause));
}

/** Writes something; an error of the file system becomes the sentence of {@link explainWriteError}. */
export function explained<Result>(path: string, bytes: number, write: () => Result): Result {
  try {
    return write();
  } catch (error) {
    throw explainWriteError(error, path, `It needs ${sizeWords(bytes)}.`);
  }
}

/**
 * Says of an error of the file system, which nobody has explained so far, which file it is about and what to do.
 *
 * @returns `InvalidInput` where a path is at fault, an `Error` where the disk is full; any other error as it is.
 */
export function explainSystemError(error: unknown): unknown {
  const { code, path, syscall } = systemErrorOf(error);
  if (code === undefined || syscall === undefined) return error;
  if (isDiskFull(error)) return explainWriteError(error, path ?? 'A file of this command');
  if (path === undefined) return error;
  return invalidField(path, 'a file or folder that can be used', code, 'Check the path and its permissions.');
}

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

/** The name of a file while this process writes it; `removeLeftovers` knows it by the number of the process. */
export const partName = (path: string) => `${path}.${process.pid}.part`;

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
