import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

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
