import { readdir, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { systemErrorOf } from '@m3ae/errors';
import { hasEnded } from './process-identity.js';

/** Names in a folder; none if it does not exist. */
export async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (systemErrorOf(error).code === 'ENOENT') return [];
    throw error;
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
