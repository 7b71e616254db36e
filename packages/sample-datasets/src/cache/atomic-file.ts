import { messageOf, unusable } from '@m3ae/errors';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder, partName, removeLeftovers } from '@m3ae/checkpoint/files';

/**
 * Makes a folder that files can be written to, and removes what killed processes left half-written in it.
 *
 * @throws InvalidInput if the folder cannot be made or written to.
 */
export async function prepareFolder(folder: string): Promise<void> {
  try {
    makeFolder(folder);
    await removeLeftovers(folder);
    const probe = partName(join(folder, 'probe'));
    await (await open(probe, 'w')).close();
    await rm(probe, { force: true });
  } catch (error) {
    throw cannotWrite(folder, error);
  }
}

/**
 * Writes a file so that its name holds either the old bytes or all of the new ones, whatever happens in between.
 *
 * @throws InvalidInput if the disk is full or the folder cannot be written to.
 */
export async function writeAtomically(file: string, bytes: Uint8Array): Promise<void> {
  const temporary = partName(file);
  try {
    const handle = await open(temporary, 'w');
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw cannotWrite(file, error);
  }
}

/** SHA-256 of a file, in hexadecimal. */
export async function hashOfFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(chunk);
  return hash.digest('hex');
}

function cannotWrite(path: string, error: unknown): Error {
  return unusable(
    `${path} cannot be written: ${messageOf((error instanceof Error && error.cause) || error)}. Free space there, or choose another cacheFolder.`,
    { cause: error },
  );
}
