import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, extname, resolve } from 'node:path';
import { invalidField, nearestName } from '@m3ae/errors';

/** A config that comes with a program and is found by its name, wherever it runs. */
export interface Preset {
  /** E.g. `emoji-tiny`: the file without its ending. */
  readonly name: string;
  /** The file itself. */
  readonly path: string;
  /** The first sentence of the file's head. */
  readonly summary: string;
}

/** Where {@link findConfig} looks, and what it says. */
export interface FindConfigOptions {
  /** What a path is relative to; by default the working folder. */
  readonly folder?: string;
  /** Configs that are found by their names. Default none. */
  readonly presets?: readonly Preset[];
  /** What the config is called in messages. Default `CONFIG`. */
  readonly option?: string;
  /** What to do where no name is near, with a dot at its end. Default `Check the path.` */
  readonly remedy?: string;
}

/** The first sentence of the comment that a config begins with, or nothing. */
function summaryOf(source: string): string {
  const [, head = ''] = /^\/\*\*\n((?: \*.*\n)+?) \*(?:\/| *\n)/.exec(source) ?? [];
  const paragraph = head
    .replaceAll(/^ \* ?/gm, '')
    .replaceAll('\n', ' ')
    .trim();
  return /^.*?\.(?= |$)/.exec(paragraph)?.[0] ?? paragraph;
}

/**
 * The presets that TypeScript files are, sorted by name; other files are left out.
 *
 * @param files - Each begins with a comment, `/**`, whose first sentence says what it is for.
 */
export function presetsOf(files: readonly string[]): Preset[] {
  return files
    .filter((file) => file.endsWith('.ts'))
    .map((path) => ({ name: basename(path, '.ts'), path, summary: summaryOf(readFileSync(path, 'utf8')) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Endings of files that may hold a config. */
export const configEndings = ['.ts', '.mts', '.js', '.mjs', '.cjs', '.json'];

const isFile = (path: string) => existsSync(path) && statSync(path).isFile();

/** What to type instead: a file of that folder or a preset with a similar name, else what is given. */
function remedyFor(path: string, file: string, { presets = [], remedy }: FindConfigOptions): string {
  const names = presets.map(({ name }) => name);
  const stemOf = (file: string) => basename(file, extname(file));
  const named = stemOf(path);
  if (names.includes(named)) return `Did you mean the preset ${named}?`;
  const folder = dirname(file);
  const neighbors = existsSync(folder)
    ? readdirSync(folder).filter((name) => configEndings.includes(extname(name)))
    : [];
  const stem = nearestName(named, neighbors.map(stemOf)); // the ending may have been left out
  const near = nearestName(basename(path), neighbors) ?? neighbors.find((name) => stemOf(name) === stem);
  if (near !== undefined) return `Did you mean ${path.slice(0, -basename(path).length)}${near}?`;
  const preset = nearestName(named, names);
  return preset === undefined ? (remedy ?? 'Check the path.') : `Did you mean the preset ${preset}?`;
}

/**
 * The config file that a person means: a file, or a preset by its name, e.g. `emoji-tiny`. A file goes first.
 *
 * @param path - A path, or a bare name without an ending.
 * @throws InvalidInput if there is neither, with the nearest name.
 *
 * @example
 * ```ts
 * const presets = presetsOf(['configs/tiny.ts']);
 * findConfig('tiny', { presets }); // 'configs/tiny.ts', unless there is a file of that name
 * ```
 */
export function findConfig(path: string, options: FindConfigOptions = {}): string {
  const { folder = '.', presets = [], option = 'CONFIG' } = options;
  const file = resolve(folder, path);
  if (isFile(file)) return file;
  const preset = presets.find(({ name }) => name === path);
  if (preset !== undefined) return preset.path;
  const rule = presets.length > 0 ? 'a file or the name of a preset' : 'a file';
  throw invalidField(option, rule, path, remedyFor(path, file, options));
}
