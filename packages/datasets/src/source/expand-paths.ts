import { readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { unusable } from '@m3ae/errors';

/** More paths than any data set has; a slip such as `{0..999999999}` ends here. */
const mostPaths = 100_000;

/** What patterns mean. */
export interface ExpandedPaths {
  /** Files that are there, in the order of the patterns; those of one `*` in the order of their code units. */
  readonly paths: readonly string[];
  /** Names out of a range whose file is not there: numbers of shards have gaps. */
  readonly gaps: readonly string[];
}

/**
 * Finds the files that patterns name: `{000..099}` counts, with as many digits, `{a,b}` lists, `*` and `?` stand for
 * letters of a name, `**` for any folders.
 *
 * @throws InvalidInput if a pattern names no file.
 */
export async function expandPaths(patterns: readonly string[]): Promise<ExpandedPaths> {
  const paths: string[] = [];
  const gaps: string[] = [];
  for (const pattern of patterns) {
    const before = paths.length;
    const names = expandBraces(pattern);
    for (const name of names) {
      if (/[*?]/.test(name)) paths.push(...(await glob(name)));
      else if (await isFile(name)) paths.push(name);
      else gaps.push(name);
    }
    if (paths.length === before) {
      throw unusable(`${pattern} names no file. Check the path; it counts from ${process.cwd()}.`);
    }
  }
  return { paths, gaps };
}

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

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}

async function glob(pattern: string): Promise<string[]> {
  let root = dirname(pattern.slice(0, pattern.search(/[*?]/) + 1));
  if (pattern.startsWith('./') && root === '.') root = '.';
  const entries = await readdir(root, {
    withFileTypes: true,
    recursive: pattern.includes('**') || hasFolder(pattern, root),
  }).catch(() => []);
  const fits = matcherOf(pattern.replace(/^\.\//, ''));
  return entries
    .filter((entry) => entry.isFile() || entry.isSymbolicLink())
    .map((entry) => join(entry.parentPath, entry.name).replaceAll('\\', '/'))
    .filter((path) => fits.test(path))
    .sort();
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
