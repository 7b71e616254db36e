import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { namesIn } from './list-checkpoints.js';

/** What `partName` gives, and what earlier versions gave. */
const partPattern = /\.(\d+)(\.part|\.partial|\.tmp)$/;

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0); // signal 0 only asks
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/**
 * Removes the half-written files that killed processes left in a folder; those of living processes stay.
 *
 * @param folder - Its own files, not those of folders in it; it need not exist.
 * @returns The names that are gone.
 */
export async function removeLeftovers(folder: string): Promise<string[]> {
  const left = (await namesIn(folder)).filter((name) => {
    const writer = partPattern.exec(name)?.[1];
    return writer !== undefined && !isRunning(Number(writer));
  });
  for (const name of left) await rm(join(folder, name), { force: true });
  return left;
}
