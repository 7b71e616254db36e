import { basename, extname } from 'node:path';
import { InvalidArgumentError } from 'commander';
import { loadConfigFile } from '../config/load.js';
import { applyOverrides } from '../config/overrides.js';
import { resolveConfig } from '../config/resolve.js';
import type { TrainerConfig } from '../config/schema.js';
import { withCodes } from '../run/codebook-file.js';

/** Gathers the values of an option that may be repeated. */
export const collect = (value: string, before: string[]) => [...before, value];

/** Reads a whole number from 1 to `most`. */
export const upTo = (most: number) => (text: string) => {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw new InvalidArgumentError(`It must be an integer from 1 to ${most}.`);
};

/** The checked config of a file, its overrides and its name. */
export async function configOf(path: string, overrides: readonly string[]): Promise<TrainerConfig> {
  const config = resolveConfig(withCodes(applyOverrides(await loadConfigFile(path), overrides)));
  return { ...config, name: config.name ?? basename(path, extname(path)) };
}
