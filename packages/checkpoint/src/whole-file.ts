import { createHash } from 'node:crypto';
import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { explained, explainWriteError, partName } from './writable.js';

/** What was written. */
export interface WrittenFile {
  readonly bytes: number;
  /** Of the whole content, in hexadecimal. */
  readonly sha256: string;
}

/** Large enough for full disk speed, small enough that a progress bar keeps moving. */
const pieceBytes = 8 * 1024 * 1024;

/**
 * Writes chunks one after the other to a new file and waits until they are on the disk; nothing is copied or joined.
 *
 * @param path - Must not exist yet.
 */
export async function writeChunks(path: string, chunks: Iterable<Uint8Array>): Promise<WrittenFile> {
  const hash = createHash('sha256');
  let bytes = 0;
  const file = await open(path, 'wx');
  try {
    for (const chunk of chunks) {
      for (let begin = 0; begin < chunk.length; begin += pieceBytes) {
        const piece = chunk.subarray(begin, begin + pieceBytes);
        let written = 0;
        while (written < piece.length) {
          const writing = file.write(piece, written, piece.length - written);
          if (written === 0) hash.update(piece); // while the disk is busy
          written += (await writing).bytesWritten;
        }
      }
      bytes += chunk.length;
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return { bytes, sha256: hash.digest('hex') };
}

/** Waits until the names in a folder are on the disk: without it a rename may be lost with the power. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return; // folders cannot be opened there; NTFS journals its names
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Writes a file that appears whole or not at all; an older one stays until the new one is on the disk. */
export async function replaceFile(path: string, chunks: Iterable<Uint8Array>): Promise<WrittenFile> {
  const partial = partName(path);
  try {
    await rm(partial, { force: true });
    const written = await writeChunks(partial, chunks);
    await rename(partial, path);
    await syncFolder(dirname(path));
    return written;
  } catch (error) {
    await rm(partial, { force: true }).catch(() => undefined);
    throw explainWriteError(error, path, 'What was there before is intact.');
  }
}

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
