import { readFileSync } from 'node:fs';
import { dirname, extname, resolve } from 'node:path';
import { types } from 'node:util';
import { createJiti } from 'jiti';
import {
  type Fault,
  faultOf,
  invalidField,
  isInvalidInput,
  isRecord,
  messageOf,
  throwFaults,
  unusable,
} from '@m3ae/errors';
import { configEndings, findConfig, type FindConfigOptions } from './find-config.js';

/** What a module exports by default; of a CommonJS module, what it exports. */
async function defaultExport(file: string, path: string, option: string): Promise<unknown> {
  const jiti = createJiti(file, { fsCache: false, moduleCache: false });
  const module = await jiti.import<Record<string | symbol, unknown>>(file);
  // Asked for a default that is not there, jiti may answer with the module.
  if ('default' in module && !types.isModuleNamespaceObject(module.default)) return module.default;
  const names = Object.keys(module).filter((name) => name !== 'default');
  const isEsModule = '__esModule' in module || module[Symbol.toStringTag] === 'Module';
  if (names.length > 0 && !isEsModule) return { ...module };
  const received = names.length === 0 ? 'no export' : `only named exports: ${names.join(', ')}`;
  const rule = 'a file with a default export';
  throw invalidField(option, rule, `${path} with ${received}`, 'Write: export default { … };');
}

/** Puts the paths of modules of data, which count from the config's folder, where they count from nothing. */
function withModules(value: unknown, folder: string): unknown {
  if (Array.isArray(value)) return value.map((each) => withModules(each, folder));
  if (!isRecord(value)) return value;
  const { kind, module } = value;
  if (kind === 'module' && typeof module === 'string' && module.startsWith('.'))
    return { ...value, module: resolve(folder, module) };
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, withModules(each, folder)]));
}

/** What a value is, in a few words, if it cannot be written down as data; records and lists are looked into instead. */
function whyNotPlain(value: unknown): string | undefined {
  if (typeof value === 'function') return `a function ${value.name}`.trim();
  if (typeof value === 'symbol' || typeof value === 'bigint') return `a ${typeof value}`;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  if (types.isModuleNamespaceObject(value)) return 'a module';
  const prototype: unknown = Object.getPrototypeOf(value);
  // The records of another realm have another Object.prototype, but nothing stands above that one either.
  if (prototype === null || Object.getPrototypeOf(prototype) === null) return undefined;
  return `an object of class ${value.constructor.name}`;
}

/**
 * Every place in a config that holds something else than plain data: a function, a promise, an object of a class, a record
 * that holds itself.
 */
function notPlainFaults(config: unknown): Fault[] {
  const faults: Fault[] = [];
  const look = (value: unknown, path: string, above: readonly unknown[]): void => {
    const reason = above.includes(value) ? 'a record that holds itself' : whyNotPlain(value);
    if (reason !== undefined) {
      const remedy =
        typeof value === 'function' ? 'Write the value that it returns.' : 'Write its value in full.';
      faults.push(faultOf(path || 'The config', 'plain data', reason, remedy));
    } else if (typeof value === 'object' && value !== null) {
      for (const [name, child] of Object.entries(value))
        look(child, path === '' ? name : `${path}.${name}`, [...above, value]);
    }
  };
  look(config, '', []);
  return faults;
}

/**
 * Reads a config file: `.ts`, `.js`, `.mjs`, `.cjs` (default export) or `.json`.
 *
 * TypeScript is stripped of its types, not checked; the schema checks the values. The path of a data source of kind `module` counts
 * from the config's folder.
 *
 * @param path - A file, or the name of a preset.
 * @returns What the file holds: plain data, its settings unchecked.
 * @throws InvalidInput if there is no such file or preset, if the file is of another kind, fails to run, has no default
 * export, or holds anything but plain data.
 *
 * @example
 * ```ts
 * const settings = checkOptions(rules, await loadConfigFile('my-run.ts'));
 * ```
 */
export async function loadConfigFile(path: string, options: FindConfigOptions = {}): Promise<unknown> {
  const { option = 'CONFIG' } = options;
  const file = findConfig(path, options);
  const kind = extname(file);
  if (!configEndings.includes(kind)) {
    throw invalidField(option, 'a .ts, .js, .mjs or .json file', path, 'Rename or convert the file.');
  }
  let config: unknown;
  try {
    config =
      kind === '.json' ? JSON.parse(readFileSync(file, 'utf8')) : await defaultExport(file, path, option);
  } catch (error) {
    if (isInvalidInput(error)) throw error;
    throw unusable([`${option} must be readable; ${path} failed: ${messageOf(error)}. Mend the file.`]);
  }
  throwFaults(notPlainFaults(config));
  return withModules(structuredClone(config), dirname(file));
}
