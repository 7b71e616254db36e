import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { partName } from './durable-write.js';
import { namesIn } from './list-checkpoints.js';
import { hasEnded } from './process-identity.js';
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

/** What `partName` gives, and what earlier versions gave. */
const partPattern = /\.(\d+)(\.part|\.partial|\.tmp)$/;

/**
 * Removes the half-written files that killed processes left in a folder; those of living processes stay.
 *
 * @param folder - Its own files, not those of folders in it; it need not exist.
 * @returns The names that are gone.
 */
export async function removeLeftovers(folder: string): Promise<string[]> {
  const left = (await namesIn(folder)).filter((name) => {
    const writer = partPattern.exec(name)?.[1];
    return writer !== undefined && hasEnded({ pid: Number(writer), host: hostname(), started: null });
  });
  for (const name of left) await rm(join(folder, name), { force: true });
  return left;
}
