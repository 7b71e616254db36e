import { basename, extname } from 'node:path';
import { loadConfigFile } from '../config/load.js';
import { applyOverrides } from '../config/overrides.js';
import { resolveConfig } from '../config/resolve.js';
import type { TrainerConfig } from '../config/schema.js';

/** Gathers the values of an option that may be repeated. */
export const collect = (value: string, before: string[]) => [...before, value];

/** The checked config of a file, its overrides and its name. */
export async function configOf(path: string, overrides: readonly string[]): Promise<TrainerConfig> {
  const config = resolveConfig(applyOverrides(await loadConfigFile(path), overrides));
  return { ...config, name: config.name ?? basename(path, extname(path)) };
}
