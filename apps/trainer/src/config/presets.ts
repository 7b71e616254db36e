import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { type Preset as NamedConfig, presetsOf } from '@m3ae/runs/config';

/** A config that comes with this package and is found by its name, wherever the command runs. */
export interface Preset extends NamedConfig {
  /** Whether it is a list of runs, for `study`, or one run. */
  readonly isStudy: boolean;
}

/**
 * The files of the presets: the package finds itself, from its sources and from where it is installed. Studies lie beside
 * their results in a checkout, and in the build of an installed package.
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
