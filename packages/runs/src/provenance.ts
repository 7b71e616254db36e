import { execFileSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus } from 'node:os';

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

interface Manifest {
  readonly name?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** Names by folder of a package and of those that it needs and that count. */
function packagesBelow(
  file: string,
  counts: (name: string) => boolean,
  found = new Map<string, string>(),
): Map<string, string> {
  if (found.has(dirname(file))) return found;
  const {
    name = '',
    dependencies,
    optionalDependencies,
    peerDependencies,
  }: Manifest = JSON.parse(readFileSync(file, 'utf8'));
  found.set(dirname(file), name);
  const names = Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies });
  const { resolve } = createRequire(file);
  for (const name of names.filter(counts)) {
    let next: string;
    try {
      next = resolve(`${name}/package.json`);
    } catch {
      continue; // optional, and not installed
    }
    packagesBelow(next, counts, found);
  }
  return found;
}

/** Whether a file of a package is code that may run: its sources too, as tests run them. */
const isCode = (path: string) => /\.(js|mjs|ts)$/.test(path) && !path.endsWith('.d.ts');

/**
 * SHA-256 of the code of a package and of the packages that it needs, in hexadecimal. Their version is no substitute: it stays
 * the same while they are worked on. Where they are installed makes no difference.
 *
 * @param file - The package's `package.json`.
 * @param counts - Which of the packages that it needs count, by name; the packages that those need are asked about in turn.
 *
 * @example
 * ```ts
 * codeDigest('package.json', (name) => name.startsWith('@m3ae/'));
 * ```
 */
export function codeDigest(file: string, counts: (name: string) => boolean): string {
  const packages = [...packagesBelow(file, counts)].map(
    ([folder, name]) => `${name} ${folderDigest(folder)}\n`,
  );
  return createHash('sha256').update(packages.sort().join('')).digest('hex');
}

/** SHA-256 of the code in the folder of a package. */
function folderDigest(folder: string): string {
  const digest = createHash('sha256');
  for (const part of ['dist', 'src'].filter((name) => existsSync(join(folder, name)))) {
    const paths = readdirSync(join(folder, part), { recursive: true, encoding: 'utf8' });
    for (const path of paths.filter(isCode).sort()) {
      digest.update(`${part}/${path}\n`).update(readFileSync(join(folder, part, path)));
    }
  }
  return digest.digest('hex');
}

/** Node and the machine's kind, on which a run's numbers depend. */
export interface MachineVersions {
  /** E.g. `22.11.0`. */
  readonly node: string;
  /** E.g. `linux x64`. */
  readonly platform: string;
  /** Its model and how many there are, e.g. `AMD EPYC 9V74 × 2`. */
  readonly cpu: string;
}

/** Node and the kind of this machine, for a run's record. */
export function machineVersions(): MachineVersions {
  return {
    node: process.versions.node,
    platform: `${process.platform} ${process.arch}`,
    cpu: `${cpus()[0]?.model.trim() ?? 'unknown'} × ${cpus().length}`,
  };
}

/**
 * The version of an installed package, as a module finds it.
 *
 * @param from - The module, a path or a `file:` address, e.g. `import.meta.url`.
 * @returns `unknown` where it is not found.
 */
export function installedVersion(name: string, from: string): string {
  try {
    const file = createRequire(from).resolve(`${name}/package.json`);
    return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
  } catch {
    return 'unknown';
  }
}
