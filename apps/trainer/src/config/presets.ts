import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';

/** A config that comes with this package and is found by its name, wherever the command runs. */
export interface Preset {
  /** E.g. `emoji-tiny`. */
  readonly name: string;
  /** The file itself. */
  readonly path: string;
  /** Whether it is a list of runs, for `study`, or one run. */
  readonly isStudy: boolean;
  /** The first sentence of the file's head. */
  readonly summary: string;
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
export function listPresets(): Preset[] {
  return presetFiles()
    .filter((file) => file.endsWith('.ts'))
    .map((path) => {
      const name = basename(path, '.ts');
      return {
        name,
        path,
        isStudy: name.startsWith('study-'),
        summary: summaryOf(readFileSync(path, 'utf8')),
      };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
