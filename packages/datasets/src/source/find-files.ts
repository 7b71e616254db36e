import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { unusable } from '@m3ae/errors';
import { type ByteFile, isRemote } from '../bytes/file.js';
import { lookUpFile } from '../bytes/open-file.js';
import { Unreachable, unreachableOf } from '../bytes/retry.js';
import { listObjects } from '../bytes/send.js';
import { mapParallel } from '../parallel.js';

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

/** More paths than any data set has; a slip such as `{0..999999999}` ends here. */
const mostPaths = 100_000;

/** Writes out the first `{…}` of a pattern, then the others. */
export function expandBraces(pattern: string): string[] {
  const [whole, inner] = /\{([^{}]*(?:\.\.|,)[^{}]*)\}/.exec(pattern) ?? [];
  if (whole === undefined) return [pattern];
  const range = /^(\d+)\.\.(\d+)$/.exec(inner!);
  const parts = range ? countUp(range[1]!, range[2]!, pattern) : inner!.split(',');
  const names = parts.flatMap((part) => expandBraces(pattern.replace(whole, () => part)));
  if (names.length > mostPaths) throw tooMany(pattern, names.length);
  return names;
}

function countUp(first: string, last: string, pattern: string): string[] {
  const [low, high] = [Number(first), Number(last)];
  if (high < low) throw unusable(`${pattern} must count upwards. Write {${last}..${first}}.`);
  if (high - low >= mostPaths) throw tooMany(pattern, high - low + 1);
  const digits = first.startsWith('0') ? first.length : 1;
  return Array.from({ length: high - low + 1 }, (_, at) => String(low + at).padStart(digits, '0'));
}

function tooMany(pattern: string, count: number): Error {
  return unusable(`${pattern} stands for ${count} paths; at most ${mostPaths} are taken. Write a * instead.`);
}

/**
 * Files whose path a pattern fits, in the order of their code units.
 *
 * @param pattern - With `*`, `?` or `**`.
 * @throws InvalidInput for an address of the web, where nobody can list files.
 */
async function glob(pattern: string): Promise<string[]> {
  if (/^https?:/i.test(pattern)) {
    throw unusable(
      `${pattern} must name its files, as a web server lists none. Count them, e.g. {000..099}, or use s3://.`,
    );
  }
  const paths = isRemote(pattern) ? await objectsOf(pattern) : await filesOf(pattern);
  const fits = matcherOf(pattern.replace(/^\.\//, ''));
  return paths.filter((path) => fits.test(path)).sort();
}

async function objectsOf(pattern: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { address } of listObjects(pattern.slice(0, pattern.search(/[*?]/)))) found.push(address);
  return found;
}

async function filesOf(pattern: string): Promise<string[]> {
  const root = dirname(pattern.slice(0, pattern.search(/[*?]/) + 1));
  const entries = await readdir(root, {
    withFileTypes: true,
    recursive: pattern.includes('**') || hasFolder(pattern, root),
  }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile() || entry.isSymbolicLink())
    .map((entry) => join(entry.parentPath, entry.name).replaceAll('\\', '/'));
}

/** Whether something of a pattern behind its first star is a folder. */
function hasFolder(pattern: string, root: string): boolean {
  const rest = root === '.' ? pattern.replace(/^\.\//, '') : pattern.slice(root.length + 1);
  return rest.includes('/');
}

function matcherOf(pattern: string): RegExp {
  const source = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`)
    .replaceAll('**/', '\0')
    .replaceAll('*', '[^/]*')
    .replaceAll('?', '[^/]')
    .replaceAll('\0', '(?:.*/)?');
  return new RegExp(`^${source}$`);
}
