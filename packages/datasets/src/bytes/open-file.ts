import { createReadStream } from 'node:fs';
import { type FileHandle, open, readFile, stat } from 'node:fs/promises';
import { messageOf, unusable } from '@m3ae/errors';
import { type ByteFile, isRemote, type StoredFile } from './file.js';
import { lookUpRemote, readRemote, remoteFile } from './remote.js';

/**
 * Looks a file up.
 *
 * @returns Undefined where there is none.
 * @throws Unreachable if its server does not answer; InvalidInput if it may not be read.
 */
export async function lookUpFile(address: string): Promise<ByteFile | undefined> {
  if (isRemote(address)) return lookUpRemote(address);
  const found = await stat(address).catch(() => undefined);
  if (!found?.isFile()) return undefined;
  return localFile({ address, size: found.size, version: String(found.mtimeMs) });
}

/** A file that was looked up before, maybe by another thread. */
export function openStored(file: StoredFile): ByteFile {
  return isRemote(file.address) ? remoteFile(file) : localFile(file);
}

/** All bytes of a small file, by one request where it is far away. */
export async function readWhole(address: string): Promise<Uint8Array> {
  if (isRemote(address)) return readRemote(address);
  return readFile(address).catch((error: unknown) => {
    throw unusable(`${address} cannot be read: ${messageOf(error)}. Check the path.`, { cause: error });
  });
}

function localFile({ address, size, version }: StoredFile): ByteFile {
  const whileOpen = openWhileUsed(address);
  return {
    address,
    size,
    ...(version !== undefined && { version }),
    read: (start, length) =>
      whileOpen(async (file) => {
        const bytes = Buffer.allocUnsafeSlow(length);
        const { bytesRead } = await file.read(bytes, 0, length, start);
        if (bytesRead === length) return bytes;
        throw unusable(`${address} ends early, at byte ${start + bytesRead}. Fetch it again.`);
      }),
    stream: () => createReadStream(address),
  };
}

/** Opens a file for a task, together with other tasks that are under way: that takes a tenth of decoding a picture. */
function openWhileUsed(address: string) {
  let opened: Promise<FileHandle> | undefined;
  let users = 0;
  return async <Result>(task: (file: FileHandle) => Promise<Result>): Promise<Result> => {
    users++;
    opened ??= open(address, 'r');
    const own = opened;
    try {
      const file = await own.catch((error: unknown) => {
        throw unusable(`${address} cannot be opened: ${messageOf(error)}. Check the path.`, { cause: error });
      });
      return await task(file);
    } finally {
      if (--users === 0) {
        opened = undefined;
        await own.then(
          (file) => file.close(),
          () => {},
        ); // where it could not be opened, the task has told it
      }
    }
  };
}
