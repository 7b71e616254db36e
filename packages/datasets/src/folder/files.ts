import { readdir, realpath, stat } from 'node:fs/promises';
import { isAbsolute, join, relative, sep } from 'node:path';
import { systemErrorOf, unusable } from '@m3ae/errors';
import { listObjects } from '../bytes/send.js';
import { mapParallel } from '../parallel.js';

/** Endings that are taken for pictures; whether they really are is seen when they are decoded. */
export const pictureEndings = ['.jpg', '.jpeg', '.png', '.webp', '.gif', '.tif', '.tiff', '.avif'] as const;

/** Pictures that the decoder does not read. */
const undecodable =
  /\.(bmp|heic|heif|jp2|j2k|jpx|jxl|ico|tga|psd|pcx|exr|hdr|ppm|pgm|pbm|pnm|raw|dng|cr2|cr3|nef|arw|orf|rw2|raf)$/;
/** Drawings, which are not looked for in a folder. */
const drawings = /\.(svg|svgz|eps|ai)$/;
/** Files that hold captions, or whole data sets, in other sets than ours. */
const metadata =
  /\.(csv|tsv|json|jsonl|ndjson|parquet|arrow|feather|h5|hdf5|npz|pkl|tfrecord|mat|xml|xlsx?|ods|sqlite3?|db|lmdb|tar|tgz|zip|7z|rar)(\.(gz|bz2|xz|zst))?$/;
const captionText = /(^|\/)(captions?|metadata|annotations?|labels?|results?|.*\.token)\.txt$/;

/** Whether a file name ends like a picture's. */
export function isPicture(file: string): boolean {
  const lower = file.toLowerCase();
  return pictureEndings.some((ending) => lower.endsWith(ending));
}

/** Whether a file is a picture of a kind that cannot be decoded. */
export function isUndecodable(file: string): boolean {
  return undecodable.test(file.toLowerCase());
}

/** Whether a file is a picture that is not looked for in a folder. */
export function isOtherPicture(file: string): boolean {
  return isUndecodable(file) || drawings.test(file.toLowerCase());
}

/** Whether a file stands beside a picture and may hold its caption. */
export function isText(file: string): boolean {
  return file.toLowerCase().endsWith('.txt');
}

/** Whether a file looks as if it held the captions, or the whole data set, in a form that is not read. */
export function isMetadata(file: string): boolean {
  const lower = file.toLowerCase();
  return metadata.test(lower) || captionText.test(lower);
}

/** The ending of a file name in lower case, with its dot; `''` where there is none. */
export function endingOf(file: string): string {
  return /\.[^./]+$/.exec(file.toLowerCase())?.[0] ?? '';
}

/** A path without its ending. */
export function stemOf(file: string): string {
  return file.slice(0, file.length - endingOf(file).length);
}

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

/** Whether a path is that of a folder; undefined where nothing is there. */
export async function isFolder(path: string): Promise<boolean | undefined> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => undefined,
  );
}

async function refuseNoFolder(path: string): Promise<void> {
  const found = await isFolder(path);
  if (found === true) return;
  const what = found === undefined ? 'does not exist' : 'is not a folder';
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

/**
 * Lists what lies under an address of a bucket; names that start with a dot are left out, as in a folder.
 *
 * @param path - `s3://bucket/folder`.
 * @throws InvalidInput if nothing lies there, or it is an address of the web, where nobody can list files.
 */
export async function scanBucket(path: string): Promise<FolderListing> {
  if (!/^s3:/i.test(path)) {
    throw unusable(
      `${path} must be a folder of this machine or of a bucket (s3://), as a web server lists no files. Name a table of its pictures, e.g. csv:${path}/captions.csv.`,
    );
  }
  const root = `${path.replace(/\/+$/, '')}/`;
  const files: string[] = [];
  for await (const { address } of listObjects(root)) {
    const name = address.slice(root.length);
    if (name !== '' && !name.split('/').some((part) => part === '' || part.startsWith('.'))) files.push(name);
  }
  if (files.length === 0) throw unusable(`The folder ${path} holds no objects. Check the address.`);
  return { root, files: files.sort(), unfollowed: [], broken: [], cycles: [] };
}
