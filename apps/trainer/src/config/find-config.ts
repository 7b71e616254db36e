import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, extname, resolve } from 'node:path';
import { nearestName, invalidField } from '@m3ae/errors';
import { listPresets } from './presets.js';

/** Endings of files that may hold a config. */
export const configEndings = ['.ts', '.mts', '.js', '.mjs', '.cjs', '.json'];

const isFile = (path: string) => existsSync(path) && statSync(path).isFile();

/** What to type instead: a file of that folder or a preset with a similar name, else how the presets are listed. */
function remedyFor(path: string, file: string): string {
  const names = listPresets().map(({ name }) => name);
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
  return preset === undefined
    ? 'List the presets with: npx @m3ae/trainer configs.'
    : `Did you mean the preset ${preset}?`;
}

/**
 * The config file that a person means: a file, or a preset by its name, e.g. `emoji-tiny`. A file goes first.
 *
 * @param path - A path, or a bare name without an ending.
 * @param folder - What a path is relative to; by default the working folder.
 * @throws InvalidInput if there is neither, with the nearest name.
 */
export function findConfig(path: string, folder = '.'): string {
  const file = resolve(folder, path);
  if (isFile(file)) return file;
  const preset = listPresets().find(({ name }) => name === path);
  if (preset !== undefined) return preset.path;
  throw invalidField('CONFIG', 'a file or the name of a preset', path, remedyFor(path, file));
}
