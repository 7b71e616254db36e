import { execFileSync } from 'node:child_process';
import { dirname } from 'node:path';

function git(folder: string, ...args: string[]): string {
  return execFileSync('git', ['-C', folder, ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim();
}

/**
 * The commit that the running program was built from, where it runs from a checkout.
 *
 * @param script - File that is run, e.g. `process.argv[1]`.
 * @param sources - Paths from the checkout's root, as git takes them, whose changes count; by default all.
 * @returns The first 10 digits, with `+` where sources differ from the commit; null for an installed package.
 */
export function commitOf(script: string, sources: readonly string[] = ['.']): string | null {
  if (script.includes('node_modules')) return null;
  try {
    const folder = dirname(script);
    const root = git(folder, 'rev-parse', '--show-toplevel');
    const commit = git(folder, 'rev-parse', '--short=10', 'HEAD');
    const changed = git(root, 'status', '--porcelain', '--untracked-files=no', '--', ...sources);
    return changed === '' ? commit : `${commit}+`;
  } catch {
    return null;
  }
}
