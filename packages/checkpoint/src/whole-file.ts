import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { partName } from './durable-write.js';
import { explained } from './write-error.js';

/**
 * Writes a small file whole or not at all.
 *
 * @throws InvalidInput where the place cannot be written, or Error where the disk is full: which file, how much it needs.
 */
export function writeWhole(path: string, content: string | Uint8Array): void {
  const part = partName(path); // two processes may write the same file at the same time
  try {
    explained(path, Buffer.byteLength(content), () => {
      writeFileSync(part, content);
      renameSync(part, path);
    });
  } catch (error) {
    if (existsSync(part)) rmSync(part);
    throw error;
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
