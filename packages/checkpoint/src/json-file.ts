import { readFile } from 'node:fs/promises';
import { listSome, unusable, messageOf } from '@m3ae/errors';
import { replaceFile } from './durable-write.js';

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
