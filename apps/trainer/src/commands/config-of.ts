import { basename, extname } from 'node:path';
import { InvalidArgumentError } from 'commander';
import { invalidField, isRecord, prefixFaults } from '@m3ae/errors';
import { codesOfBook } from '@m3ae/tasks/onnx';
import { loadConfigFile } from '../config/load.js';
import { applyOverrides } from '../config/overrides.js';
import { resolveConfig } from '../config/resolve.js';
import type { TrainerConfig } from '../config/schema.js';

/** Gathers the values of an option that may be repeated. */
export const collect = (value: string, before: string[]) => [...before, value];

/** Reads a whole number from 1 to `most`. */
export const upTo = (most: number) => (text: string) => {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw new InvalidArgumentError(`It must be an integer from 1 to ${most}.`);
};

/**
 * A config with the number of its image tokenizer's codes, which the rows of a code book tell; what has no code book stays.
 *
 * @param given - What a config file exports, not yet checked.
 * @throws InvalidInput if it gives another number, or the code book cannot be read.
 */
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
