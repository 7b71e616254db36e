import { existsSync, readFileSync } from 'node:fs';
import { isRecord, unusable, messageOf } from '@m3ae/errors';
import { digestJson } from './digest.js';
import { writeWholeJson } from './whole-file.js';

/** Writes a record as JSON that ends with the SHA-256 of its own content; {@link readSealed} compares it. */
export function writeSealed(path: string, record: object): void {
  writeWholeJson(path, { ...record, sha256: digestJson(record) });
}

/**
 * Reads what {@link writeSealed} wrote. A record of an earlier version, without a checksum, is read too.
 *
 * @returns Nothing where there is no such file.
 * @throws InvalidInput if the file is damaged, saying how.
 */
export function readSealed(path: string): unknown {
  if (!existsSync(path)) return undefined;
  const fault = (what: string) => unusable(`${path} is damaged: ${what}.`);
  let read: unknown;
  try {
    read = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw fault(error instanceof SyntaxError ? `it is not JSON (${error.message})` : messageOf(error));
  }
  if (!isRecord(read)) throw fault('it holds no record');
  const { sha256, ...record } = read;
  if (sha256 !== undefined && sha256 !== digestJson(record)) {
    throw fault('its checksum is that of another content');
  }
  return record;
}
