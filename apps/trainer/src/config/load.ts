import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, extname, join } from 'node:path';
import {
  findConfig as find,
  type FindConfigOptions,
  loadConfigFile as load,
  type Preset as NamedConfig,
  presetsOf,
} from '@m3ae/runs/config';
import { invalidField, isRecord, prefixFaults } from '@m3ae/errors';
import { codesOfBook } from '@m3ae/tasks/onnx';
import { applyOverrides, resolveConfig } from './resolve.js';
import type { TrainerConfig } from './schema.js';

/** A config that comes with this package and is found by its name, wherever the command runs. */
export interface Preset extends NamedConfig {
  /** Whether it is a list of runs, for `study`, or one run. */
  readonly isStudy: boolean;
}

/**
 * The files of the presets: the package finds itself, from its sources and from where it is installed. Studies lie beside their results
 * in a checkout, and in the build of an installed package.
 */
function presetFiles(): string[] {
  const home = dirname(createRequire(import.meta.url).resolve('@m3ae/trainer/package.json'));
  const studies = join(home, '..', '..', 'studies');
  const inside = (folder: string) => readdirSync(folder).map((name) => join(folder, name));
  const ofStudies = home.includes('node_modules')
    ? inside(join(home, 'dist', 'studies'))
    : inside(studies).map((folder) => join(folder, `study-${basename(folder)}.ts`));
  return [...inside(join(home, 'configs')), ...ofStudies.filter((file) => existsSync(file))];
}

/** All presets, sorted by name. */
export const listPresets = (): Preset[] =>
  presetsOf(presetFiles()).map((preset) => ({ ...preset, isStudy: preset.name.startsWith('study-') }));

const options = (folder?: string): FindConfigOptions => ({
  folder,
  presets: listPresets(),
  remedy: 'List the presets with: npx @m3ae/trainer configs.',
});

/** The config file that a person means: a file, or a preset by its name, e.g. `emoji-tiny`. A file goes first. */
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

/** A config with the number of its image tokenizer's codes, which the rows of a code book tell; what has no code book stays. */
function withCodes(given: unknown): unknown {
  if (!isRecord(given) || !isRecord(given.image) || !isRecord(given.image.tokenizer)) return given;
  const { tokenizer } = given.image;
  const { codebook, codes } = tokenizer;
  if (!isRecord(codebook) || typeof codebook.file !== 'string') return given;
  const { file, tensor } = codebook;
  if (tensor !== undefined && typeof tensor !== 'string') return given;
  const known = typeof codes === 'number' ? codes : undefined;
  const rows = prefixFaults('image.tokenizer.codebook', () => codesOfBook({ file, tensor }, known));
  if (known !== undefined && known !== rows)
    throw invalidField('image.tokenizer.codes', `${rows}, the rows of ${file}`, known, 'Leave it out.');
  return { ...given, image: { ...given.image, tokenizer: { ...tokenizer, codes: codes ?? rows } } };
}

/** The checked config of a file, its overrides and its name. */
export async function configOf(path: string, overrides: readonly string[]): Promise<TrainerConfig> {
  const config = resolveConfig(withCodes(applyOverrides(await loadConfigFile(path), overrides)));
  return { ...config, name: config.name ?? basename(path, extname(path)) };
}
