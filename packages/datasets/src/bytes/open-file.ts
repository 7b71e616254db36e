import { createReadStream } from 'node:fs';
import { type FileHandle, open, readFile, stat } from 'node:fs/promises';
import { messageOf, unusable } from '@m3ae/errors';
import { type ByteFile, isRemote, type StoredFile } from './file.js';
import { type RemoteState, requestRange } from './request-range.js';
import { countAttempts, type Patience, patience, Unreachable } from './retry.js';

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

/** Servers that know no ranges send a file whole; beyond this nobody reads a part of one. */
const mostWithoutRanges = 16 << 20;

/** Looks a file up by asking for its first byte, as some servers and signed links do not answer to HEAD. */
export async function lookUpRemote(address: string, settings = patience): Promise<ByteFile | undefined> {
  const state: RemoteState = { address };
  const attempts = countAttempts(address, settings);
  while (true) {
    try {
      const answer = await requestRange(state, 0, 1, settings.silence);
      await answer?.cancel();
      return answer && fileOf(state, settings);
    } catch (error) {
      await attempts.afterFailure(error);
    }
  }
}

/** A file that has been looked up. */
function remoteFile({ address, size, version }: StoredFile, settings = patience): ByteFile {
  return fileOf({ address, size, version }, settings);
}

/** All bytes of a file that has not been looked up. */
export async function readRemote(address: string, settings = patience): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of streamOf({ address }, 0, undefined, settings)) pieces.push(piece);
  return Buffer.concat(pieces);
}

function fileOf(state: RemoteState, settings: Patience): ByteFile {
  const { address, version } = state;
  const size = state.size!;
  // A server that has failed for long is asked once for each read from then on, until it answers.
  let tries = settings.attempts;
  const stream = async function* (start: number, end: number): AsyncGenerator<Uint8Array, void, void> {
    try {
      yield* streamOf(state, start, end, settings, tries);
      tries = settings.attempts;
    } catch (error) {
      if (error instanceof Unreachable) tries = 1;
      throw error;
    }
  };
  return {
    address,
    size,
    ...(version !== undefined && { version }),
    async read(start, length) {
      if (start + length > size) throw unusable(`${address} ends early, at byte ${size}. Fetch it again.`);
      if (state.ranged === false && size > mostWithoutRanges) {
        throw unusable(
          `The server of ${address} sends no parts of a file. Fetch it and name its path, or use a server that knows ranges.`,
        );
      }
      const bytes = Buffer.allocUnsafeSlow(length);
      let filled = 0;
      for await (const piece of stream(start, start + length)) {
        bytes.set(piece, filled);
        filled += piece.length;
      }
      return bytes;
    },
    stream: () => stream(0, size),
  };
}

/** Reads on from where an answer was cut, until all is there. */
async function* streamOf(
  state: RemoteState,
  start: number,
  end: number | undefined,
  settings: Patience,
  tries?: number,
): AsyncGenerator<Uint8Array, void, void> {
  const attempts = countAttempts(state.address, settings, tries);
  let at = start;
  while (at < (end ?? state.size ?? Infinity)) {
    try {
      const answer = await requestRange(state, at, end, settings.silence);
      if (!answer) throw unusable(`${state.address} is not there. Check the address.`);
      for await (const piece of answer.pieces) {
        at += piece.length;
        attempts.succeed();
        yield piece;
      }
    } catch (error) {
      await attempts.afterFailure(error);
    }
  }
}
