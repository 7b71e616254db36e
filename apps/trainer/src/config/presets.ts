import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

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

/** The folder of the presets: the package finds itself, from its sources and from where it is installed. */
function presetFolder(): string {
  return join(dirname(createRequire(import.meta.url).resolve('@m3ae/trainer/package.json')), 'configs');
}

/** All presets, sorted by name. */
export function listPresets(): Preset[] {
  const folder = presetFolder();
  return readdirSync(folder)
    .filter((file) => file.endsWith('.ts'))
    .sort()
    .map((file) => {
      const path = join(folder, file);
      const name = file.replace(/\.ts$/, '');
      return {
        name,
        path,
        isStudy: name.startsWith('study-'),
        summary: summaryOf(readFileSync(path, 'utf8')),
      };
    });
}
