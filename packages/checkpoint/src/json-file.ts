import { existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { isRecord, listSome, messageOf, unusable } from '@m3ae/errors';
import { digestJson } from './digest.js';
import { replaceFile, writeWhole } from './whole-file.js';

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

/** Lists what JSON would lose or change in silence: NaN, functions, bigints, typed arrays, holes. */
export function jsonFaults(value: unknown, path: string): string[] {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return [];
  if (typeof value === 'number') return Number.isFinite(value) ? [] : [`${path} is ${value}`];
  if (Array.isArray(value)) return value.flatMap((item, i) => jsonFaults(item, `${path}.${i}`));
  if (typeof value === 'object' && [Object.prototype, null].includes(Object.getPrototypeOf(value))) {
    return Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .flatMap(([name, item]) => jsonFaults(item, `${path}.${name}`));
  }
  return [`${path} is ${typeof value === 'object' ? `a ${value.constructor.name}` : `a ${typeof value}`}`];
}

/**
 * Writes a value as JSON; the file appears whole, by rename after fsync.
 *
 * @param path - Of the file; its folder must exist.
 * @param value - Plain JSON data.
 * @throws InvalidInput naming every part that JSON cannot hold, such as NaN.
 * @throws Error if the disk is full or the folder cannot be written.
 */
export async function writeJson(path: string, value: unknown): Promise<void> {
  const faults = jsonFaults(value, 'value');
  if (faults.length > 0) {
    throw unusable(`${path}: value must be plain JSON; received ${listSome(faults)}. Leave those parts out.`);
  }
  await replaceFile(path, [new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`)]);
}

/**
 * Reads a JSON file.
 *
 * @throws InvalidInput naming the file if it is not JSON.
 */
export async function readJson(path: string): Promise<unknown> {
  const text = await readFile(path, 'utf8');
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw unusable(
      `${path} must hold JSON; received ${messageOf(cause).replaceAll(/\s+/g, ' ')}. Restore the file from a copy.`,
      { cause },
    );
  }
}

/**
 * Writes plain data as readable JSON, whole or not at all.
 *
 * @throws InvalidInput or Error as {@link writeWhole}.
 */
export function writeWholeJson(path: string, value: unknown): void {
  writeWhole(path, `${JSON.stringify(value, null, 2)}\n`);
}

/** Reads a JSON file; undefined where it does not exist, cannot be read or was cut short. */
export function readWholeJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}
