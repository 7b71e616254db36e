import { resolve } from 'node:path';
import { messageOf, unusable } from '@m3ae/errors';
import type { Dataset as LibraryField, Metadata } from 'h5wasm/node';
import { describeKind } from '../bytes/file-kind.js';
import { lookUpFile } from '../bytes/open-file.js';

/** An array of a file, of which one axis counts the examples. */
export interface Hdf5Field {
  readonly name: string;
  readonly metadata: Metadata;
  /** Length of the first axis. */
  readonly rows: number;
  /** The values of some rows, as the library gives them. */
  read(start: number, end: number): ArrayLike<unknown>;
}

/** An HDF5 file that is open. */
export interface Hdf5File {
  readonly name: string;
  readonly fields: ReadonlyMap<string, Hdf5Field>;
  close(): void;
}

const signature = '\x89HDF\r\n\x1a\n';
/** Where a file may begin, behind what others have put before it. */
const beginnings = [0, 512, 1024, 2048];

/**
 * Opens a file for reading. Only what is asked for is read: the library sees the file itself and not a copy of it.
 *
 * @param path - Of this machine.
 * @param name - What to call it in messages.
 * @throws InvalidInput if it is no HDF5 file, or damaged.
 */
export async function openHdf5File(path: string, name: string): Promise<Hdf5File> {
  await refuseOtherKinds(path, name);
  const library = await import('h5wasm/node');
  const { activate_throwing_error_handler: throwErrors } = await library.ready;
  throwErrors(); // or the library would print them
  const guarded = <Result>(task: () => Result): Result => {
    try {
      return task();
    } catch (error) {
      throw unusable(`${name} cannot be read as HDF5: ${messageOf(error).split('\n')[0]}. Fetch it again.`, {
        cause: error,
      });
    }
  };
  return guarded(() => {
    const file = new library.File(resolve(path), 'r');
    const fields = new Map<string, Hdf5Field>();
    for (const key of file.keys()) {
      const found = file.get(key);
      if (!(found instanceof library.Dataset)) continue;
      const field: LibraryField = found;
      const { metadata } = field;
      if (!metadata.shape || metadata.shape.length === 0) continue;
      const others = metadata.shape.slice(1).map((length) => [0, length]);
      fields.set(key, {
        name: key,
        metadata,
        rows: metadata.shape[0]!,
        read: (start, end) =>
          guarded(() => field.slice([[start, end], ...others] as [number, number][]) as ArrayLike<unknown>),
      });
    }
    return { name, fields, close: () => void file.close() };
  });
}

async function refuseOtherKinds(path: string, name: string): Promise<void> {
  const file = await lookUpFile(path);
  if (!file) throw unusable(`The file ${name} does not exist. Check the path.`);
  const head = await file.read(0, Math.min(file.size, beginnings.at(-1)! + signature.length));
  const text = Buffer.from(head).toString('latin1');
  if (beginnings.some((at) => text.startsWith(signature, at))) return;
  throw unusable(
    `${name} is no HDF5 file. ${describeKind(head, 'an HDF5 file') || 'Name a file that h5py wrote.'}`,
  );
}
