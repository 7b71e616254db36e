import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { unusable } from '@m3ae/errors';
import { isRemote } from '../bytes/file.js';
import { listObjects } from '../bytes/list-s3.js';

/**
 * Files whose path a pattern fits, in the order of their code units.
 *
 * @param pattern - With `*`, `?` or `**`.
 * @throws InvalidInput for an address of the web, where nobody can list files.
 */
export async function glob(pattern: string): Promise<string[]> {
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
  let root = dirname(pattern.slice(0, pattern.search(/[*?]/) + 1));
  if (pattern.startsWith('./') && root === '.') root = '.';
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
