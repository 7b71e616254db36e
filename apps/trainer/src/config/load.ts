import { type FindConfigOptions, findConfig as find, loadConfigFile as load } from '@m3ae/runs/config';
import { listPresets } from './presets.js';

const options = (folder?: string): FindConfigOptions => ({
  folder,
  presets: listPresets(),
  remedy: 'List the presets with: npx @m3ae/trainer configs.',
});

/**
 * The config file that a person means: a file, or a preset by its name, e.g. `emoji-tiny`. A file goes first.
 *
 * @throws InvalidInput if there is neither, with the nearest name.
 */
export const findConfig = (path: string, folder?: string): string => find(path, options(folder));

/**
 * Reads a config file: `.ts`, `.js`, `.mjs`, `.cjs` (default export) or `.json`.
 *
 * TypeScript is stripped of its types, not checked; the schema checks the values.
 *
 * @param path - A file, or the name of a preset, e.g. `emoji-tiny`.
 * @param folder - What a path is relative to; by default the working folder.
 * @returns What the file holds: plain data, its settings unchecked.
 * @throws InvalidInput if there is no such file or preset, if the file is of another kind, fails to run, has no default
 * export, or holds anything but plain data.
 */
export const loadConfigFile = (path: string, folder?: string): Promise<unknown> =>
  load(path, options(folder));
