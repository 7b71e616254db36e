import { unusable, systemErrorOf } from '@m3ae/errors';
import { readdir, realpath, stat } from 'node:fs/promises';
import { isAbsolute, join, relative, sep } from 'node:path';
import { mapParallel } from '../parallel.js';

/** What lies in a folder. Paths are relative to it, with `/` between names, in the order of their code units. */
export interface FolderListing {
  /** The folder itself, without links. */
  readonly root: string;
  readonly files: readonly string[];
  /** Whether nobody could list the files, so that any name may be one. */
  readonly unlisted?: true;
  /** Links that were not followed: to folders, or to files outside. */
  readonly unfollowed: readonly string[];
  /** Links to nothing. */
  readonly broken: readonly string[];
  /** Links that lead back to a folder they lie in, or to each other. Nothing is lost by leaving them out. */
  readonly cycles: readonly string[];
}

/** A folder that nobody can list, as one of a web server. */
export function unlistedFolder(root: string): FolderListing {
  return { root, files: [], unlisted: true, unfollowed: [], broken: [], cycles: [] };
}

/** Links that are looked up at a time. */
const parallelLinks = 32;

/**
 * Lists the files of a folder and its sub-folders; names that start with a dot are left out.
 *
 * @param followLinks - Whether links to folders and out of the folder are followed.
 * @throws InvalidInput if the folder is missing or is no folder.
 */
export async function scanFolder(path: string, followLinks: boolean): Promise<FolderListing> {
  await refuseNoFolder(path);
  const root = await realpath(path);
  const files: string[] = [];
  const unfollowed: string[] = [];
  const broken: string[] = [];
  const cycles: string[] = [];

  // `above` holds the real paths of the folders on the way here, the folder itself last.
  const visit = async (folder: string, above: readonly string[]): Promise<void> => {
    const links: string[] = [];
    for (const entry of await readdir(join(path, folder), { withFileTypes: true })) {
      if (entry.name.startsWith('.')) continue;
      const name = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isFile()) files.push(name);
      else if (entry.isSymbolicLink()) links.push(name);
      else if (entry.isDirectory()) await visit(name, [...above, join(above.at(-1)!, entry.name)]);
    }
    const targets = await mapParallel(links, parallelLinks, (name) => targetOf(join(path, name)));
    for (const [at, target] of targets.entries()) {
      const name = links[at]!;
      if (target.kind === 'nothing') broken.push(name);
      else if (target.kind === 'cycle' || above.includes(target.path)) cycles.push(name);
      else if (target.kind === 'file' && (followLinks || isInside(relative(root, target.path))))
        files.push(name);
      else if (target.kind === 'folder' && followLinks) await visit(name, [...above, target.path]);
      else unfollowed.push(name);
    }
  };

  await visit('', [root]);
  return {
    root,
    files: files.sort(),
    unfollowed: unfollowed.sort(),
    broken: broken.sort(),
    cycles: cycles.sort(),
  };
}

async function refuseNoFolder(path: string): Promise<void> {
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => undefined,
  );
  if (isFolder === true) return;
  const what = isFolder === undefined ? 'does not exist' : 'is not a folder';
  throw unusable(`The folder ${path} ${what}. Check the path; it counts from ${process.cwd()}.`);
}

interface Target {
  readonly kind: 'file' | 'folder' | 'nothing' | 'cycle';
  /** Without links. */
  readonly path: string;
}

async function targetOf(link: string): Promise<Target> {
  try {
    const path = await realpath(link);
    return { kind: (await stat(path)).isDirectory() ? 'folder' : 'file', path };
  } catch (error) {
    return { kind: systemErrorOf(error).code === 'ELOOP' ? 'cycle' : 'nothing', path: link };
  }
}

/** Whether a relative path stays where it starts. */
export function isInside(path: string): boolean {
  return !isAbsolute(path) && path.split(/[\\/]/)[0] !== '..' && !path.split(sep).includes('..');
}
