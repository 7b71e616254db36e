import { existsSync, readFileSync } from 'node:fs';
import { digestJson, writeWhole } from '@m3ae/checkpoint/files';
import { unusable } from '@m3ae/errors';

/** Writes plain data as readable JSON, whole or not at all. */
export function writeJson(path: string, value: unknown): void {
  writeWhole(path, `${JSON.stringify(value, null, 2)}\n`);
}

/** Writes a record as JSON that ends with the SHA-256 of its own content; {@link readSealed} compares it. */
export function writeSealed(path: string, record: object): void {
  writeJson(path, { ...record, sha256: digestJson(record) });
}

/**
 * Reads what {@link writeSealed} wrote. A record of an earlier version, without a checksum, is read too.
 *
 * @returns Nothing where there is no such file.
 * @throws InvalidInput if the file is damaged, saying how.
 */
export function readSealed(path: string): unknown {
  if (!existsSync(path)) return undefined;
  const fault = (what: string) => unusable([`${path} is damaged: ${what}.`]);
  let read: unknown;
  try {
    read = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw fault(
      error instanceof SyntaxError ? `it is not JSON (${error.message})` : (error as Error).message,
    );
  }
  if (typeof read !== 'object' || read === null || Array.isArray(read)) throw fault('it holds no record');
  const { sha256, ...record } = read as Record<string, unknown>;
  if (sha256 !== undefined && sha256 !== digestJson(record)) {
    throw fault('its checksum is that of another content');
  }
  return record;
}
