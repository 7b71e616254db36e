import { createReadStream } from 'node:fs';
import { open, readFile, stat } from 'node:fs/promises';
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
  return {
    address,
    size,
    ...(version !== undefined && { version }),
    // Opening a file for each read costs a hundredth of decoding a picture.
    async read(start, length) {
      const file = await open(address, 'r').catch((error: unknown) => {
        throw unusable(`${address} cannot be opened: ${messageOf(error)}. Check the path.`, { cause: error });
      });
      try {
        const bytes = Buffer.allocUnsafeSlow(length);
        const { bytesRead } = await file.read(bytes, 0, length, start);
        if (bytesRead === length) return bytes;
        throw unusable(`${address} ends early, at byte ${start + bytesRead}. Fetch it again.`);
      } finally {
        await file.close();
      }
    },
    stream: () => createReadStream(address) as AsyncIterable<Uint8Array>,
  };
}
