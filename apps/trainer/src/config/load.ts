import { existsSync, readFileSync, statSync } from 'node:fs';
import { extname, resolve } from 'node:path';
import { createJiti } from 'jiti';
import { InputError } from './config-error.js';

/**
 * Reads a config file: `.ts`, `.js`, `.mjs`, `.cjs` (default export) or `.json`.
 *
 * TypeScript is stripped of its types, not checked; the schema checks the values.
 *
 * @returns What the file holds, unchecked.
 * @throws InputError if the file is missing, of another kind, or fails to run.
 */
export async function loadConfigFile(path: string): Promise<unknown> {
  const file = resolve(path);
  if (!existsSync(file) || !statSync(file).isFile()) {
    throw new InputError([
      `CONFIG must be a file; received ${path}. Check the path, e.g. configs/emoji-tiny.ts.`,
    ]);
  }
  const kind = extname(file);
  try {
    if (kind === '.json') return JSON.parse(readFileSync(file, 'utf8')) as unknown;
    if (['.ts', '.mts', '.js', '.mjs', '.cjs'].includes(kind)) {
      const jiti = createJiti(import.meta.url, { fsCache: false, moduleCache: false });
      return structuredClone(await jiti.import(file, { default: true }));
    }
  } catch (error) {
    throw new InputError([
      `CONFIG must be readable; ${path} failed: ${(error as Error).message}. Mend the file.`,
    ]);
  }
  throw new InputError([
    `CONFIG must end in .ts, .js, .mjs or .json; received ${path}. Rename or convert the file.`,
  ]);
}
