import type { Dirent } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { isAbsolute, join, relative, sep } from 'node:path';
import { datasetError } from '../errors.js';

/** Endings that are taken for pictures; whether they really are is seen when they are decoded. */
export const pictureEndings = ['.jpg', '.jpeg', '.png', '.webp', '.gif', '.tif', '.tiff', '.avif'] as const;

/** What lies in a folder. Paths are relative to it, with `/` between names, in the order of their code units. */
export interface FolderListing {
  readonly files: readonly string[];
  /** Links that lead out of the folder: refused. */
  readonly escaping: readonly string[];
}

/**
 * Lists the files of a folder and its sub-folders; names that start with a dot are left out.
 *
 * @throws DatasetError if the folder is missing or is no folder.
 */
export async function scanFolder(path: string): Promise<FolderListing> {
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => undefined,
  );
  if (isFolder !== true) {
    const what = isFolder === undefined ? 'does not exist' : 'is not a folder';
    throw datasetError(`The folder ${path} ${what}. Check the path; it counts from ${process.cwd()}.`);
  }
  const root = await realpath(path);
  const files: string[] = [];
  const escaping: string[] = [];
  const visit = async (folder: string): Promise<void> => {
    const entries = await readdir(join(path, folder), { withFileTypes: true });
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (entry.name.startsWith('.')) continue;
      const name = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) await visit(name);
      else if (await isOwnFile(entry, join(path, name), root)) files.push(name);
      else if (entry.isSymbolicLink()) escaping.push(name);
    }
  };
  await visit('');
  return { files: files.sort(), escaping };
}

/** Whether an entry is a file, or a link to a file inside the folder. Links to folders are not followed. */
async function isOwnFile(entry: Dirent, path: string, root: string): Promise<boolean> {
  if (!entry.isSymbolicLink()) return entry.isFile();
  const target = await realpath(path).catch(() => undefined);
  if (target === undefined || !isInside(relative(root, target))) return false;
  return (await stat(target)).isFile();
}

/** Whether a relative path stays where it starts. */
export function isInside(path: string): boolean {
  return !isAbsolute(path) && path.split(/[\\/]/)[0] !== '..' && !path.split(sep).includes('..');
}

/** Whether a file name ends like a picture's. */
export function isPicture(file: string): boolean {
  const lower = file.toLowerCase();
  return pictureEndings.some((ending) => lower.endsWith(ending));
}
