import { unusable } from '@m3ae/errors';
import { type ByteFile, isRemote } from '../bytes/file.js';
import { lookUpFile } from '../bytes/open-file.js';
import { Unreachable, unreachableOf } from '../bytes/retry.js';
import { mapParallel } from '../parallel.js';
import { expandBraces } from './braces.js';
import { glob } from './glob.js';

/** Files that are looked up at a time: far away, each takes a while. */
const parallelLookUps = 16;

/** What patterns mean. */
export interface FoundFiles {
  /** Files that are there, in the order of the patterns; those of one `*` in the order of their code units. */
  readonly files: readonly ByteFile[];
  /** Names out of a range whose file is not there: numbers of shards have gaps. */
  readonly gaps: readonly string[];
  /** Files whose server does not answer. */
  readonly unreachable: readonly Unreachable[];
}

/**
 * Finds the files that patterns name, here, at `http:` or `https:` addresses, or in buckets (`s3:`): `{000..099}` counts,
 * with as many digits, `{a,b}` lists, `*` and `?` stand for letters of a name, `**` for any folders.
 *
 * @throws InvalidInput if a pattern names no file, or holds a star where nobody can list the files.
 */
export async function findFiles(patterns: readonly string[]): Promise<FoundFiles> {
  const files: ByteFile[] = [];
  const gaps: string[] = [];
  const unreachable: Unreachable[] = [];
  for (const pattern of patterns) {
    const before = files.length + unreachable.length;
    const names = (await Promise.all(expandBraces(pattern).map(namesOf))).flat();
    const found = await mapParallel(names, parallelLookUps, async (name) =>
      lookUpFile(name).catch(unreachableOf),
    );
    for (const [at, file] of found.entries()) {
      if (file === undefined) gaps.push(names[at]!);
      else if (file instanceof Unreachable) unreachable.push(file);
      else files.push(file);
    }
    if (files.length + unreachable.length === before) {
      const what = isRemote(pattern) ? 'address' : `path; it counts from ${process.cwd()}`;
      throw unusable(`${pattern} names no file. Check the ${what}.`);
    }
  }
  return { files, gaps, unreachable };
}

/** {@link findFiles}, where each file is needed. */
export async function findAllFiles(patterns: readonly string[]): Promise<readonly ByteFile[]> {
  const { files, unreachable } = await findFiles(patterns);
  if (unreachable.length > 0) throw unreachable[0]!;
  return files;
}

async function namesOf(name: string): Promise<readonly string[]> {
  return hasStar(name) ? glob(name) : [name];
}

// A question mark may also begin the part of a web address that only its server understands.
const hasStar = (name: string): boolean => (/^https?:/i.test(name) ? /\*/ : /[*?]/).test(name);

/** Whether a path stands for several files. */
export const isPattern = (path: string): boolean => path.includes('{') || hasStar(path);
