import { resolve } from 'node:path';
import { messageOf, unusable } from '@m3ae/errors';
import type { Dataset as LibraryField, File as LibraryFile, Metadata } from 'h5wasm/node';
import { describeKind } from '../bytes/file.js';
import { lookUpFile } from '../bytes/open-file.js';
import { type LibraryFiles, refuseDamagedHeaps, withBoundedMemory } from './damaged-files.js';

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

/** Runs a task of the library; what it throws is told as the file's fault. */
type Guard = <Result>(task: () => Result) => Result;

const signature = '\x89HDF\r\n\x1a\n';
/** Where a file may begin, behind what others have put before it. */
const beginnings = [0, 512, 1024, 2048];

let library: Promise<typeof import('h5wasm/node')> | undefined;

/** Memory that the library may take for a file, beside as much as the file has: whatever lengths a damaged one claims. */
const memoryBesideFile = 128 << 20;
/** Bytes of the largest file so far. */
let largest = 0;

/** The library, loaded once. */
async function loadLibrary(): Promise<typeof import('h5wasm/node')> {
  const loaded = await withBoundedMemory(
    async () => {
      const module = await import('h5wasm/node');
      await module.ready;
      return module;
    },
    () => memoryBesideFile + largest,
  );
  const { activate_throwing_error_handler: throwErrors } = await loaded.ready;
  throwErrors(); // or the library would print them
  refuseDamagedHeaps(loaded.FS as unknown as LibraryFiles); // its types leave out the errors
  return loaded;
}

/** What went wrong: of the library's calls, each of which has its own words, those of the innermost. */
function reasonOf(error: unknown): string {
  if (error instanceof WebAssembly.RuntimeError) return 'it is damaged'; // and the library stumbled over it
  const filter = /required filter '(\w+)' is not registered/.exec(messageOf(error))?.[1];
  if (filter !== undefined) return `it is compressed by ${filter}`; // and not that a folder of plugins is missing
  const innermost = [...messageOf(error).matchAll(/ in \w+\(\): (.*)$/gm)].at(-1);
  return innermost?.[1] ?? messageOf(error);
}

/**
 * Opens a file for reading. Only what is asked for is read: the library sees the file itself and not a copy of it.
 *
 * @param path - Of this machine.
 * @param name - What to call it in messages.
 * @throws InvalidInput if it is no HDF5 file, or damaged.
 */
export async function openHdf5File(path: string, name: string): Promise<Hdf5File> {
  const size = await sizeOf(path, name);
  largest = Math.max(largest, size);
  const { Dataset, File } = await (library ??= loadLibrary());
  const guarded: Guard = (task) => {
    try {
      return task();
    } catch (error) {
      const reason = reasonOf(error);
      const remedy = reason.includes('compressed by')
        ? 'Write it with gzip.'
        : /memory|filter returned failure/i.test(reason) // what gzip lacks memory for fails without a word of it
          ? 'Write it in smaller chunks, or fetch it again.'
          : 'Fetch it again.';
      throw unusable(`${name} cannot be read as HDF5: ${reason}. ${remedy}`, { cause: error });
    }
  };
  const file = guarded(() => new File(resolve(path), 'r'));
  try {
    return {
      name,
      fields: guarded(() => fieldsOf(file, size, guarded, Dataset)),
      close: () => void guarded(() => file.close()),
    };
  } catch (error) {
    guarded(() => file.close()); // or the library would hold on to what it knows of the file, also when it is mended
    throw error;
  }
}

/** Rows that a file of some bytes can have: made ahead and never filled, or of a byte each that deflate made a thousandth of. */
const mostRows = (bytes: number) => 2 ** 22 + 1032 * bytes;

/** The arrays at the root of a file. */
function fieldsOf(
  file: LibraryFile,
  size: number,
  guarded: Guard,
  isA: typeof LibraryField,
): Map<string, Hdf5Field> {
  const fields = new Map<string, Hdf5Field>();
  for (const name of file.keys()) {
    const field = file.get(name);
    if (!(field instanceof isA)) continue;
    const { metadata } = field;
    if (!metadata.shape || metadata.shape.length === 0) continue;
    if (metadata.shape[0]! > mostRows(size)) throw new Error(`${name} claims ${metadata.shape[0]} rows`);
    const others = metadata.shape.slice(1).map((length): [number, number] => [0, length]);
    const read = (start: number, end: number) =>
      guarded(() => field.slice([[start, end], ...others]) as ArrayLike<unknown>);
    fields.set(name, { name, metadata, rows: metadata.shape[0]!, read });
  }
  return fields;
}

/** The bytes of a file, which is refused where it is of another kind. */
async function sizeOf(path: string, name: string): Promise<number> {
  const file = await lookUpFile(path);
  if (!file) throw unusable(`The file ${name} does not exist. Check the path.`);
  const head = await file.read(0, Math.min(file.size, beginnings.at(-1)! + signature.length));
  const text = Buffer.from(head).toString('latin1');
  if (beginnings.some((at) => text.startsWith(signature, at))) return file.size;
  throw unusable(`${name} is no HDF5 file. ${describeKind(head, 'hdf5') || 'Name a file that h5py wrote.'}`);
}

/** How the library decodes strings that are said to be ASCII, and often hold UTF-8: what each byte became. */
const asciiBytes = new Map(
  Array.from(
    new TextDecoder('ascii').decode(Uint8Array.from({ length: 256 }, (_, byte) => byte)),
    (letter, byte) => [letter, byte],
  ),
);

/** The bytes of a row: of variable length, of one length, or a string's. */
export function bytesOfRow(value: unknown, { cset }: Pick<Metadata, 'cset'>): Uint8Array {
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  if (typeof value !== 'string') return Uint8Array.from(value as ArrayLike<number>);
  if (cset === 1) return Buffer.from(value, 'utf8');
  return Uint8Array.from(value, (letter) => asciiBytes.get(letter) ?? letter.charCodeAt(0));
}

/** The bytes of a row's text, without the zeros that fill it up to a length. */
export function textBytesOf(value: unknown, metadata: Pick<Metadata, 'cset'>): Uint8Array {
  const padded = bytesOfRow(value, metadata);
  let end = padded.length;
  while (end > 0 && padded[end - 1] === 0) end--;
  return padded.subarray(0, end);
}

/** Values of several rows, one a row: a field with more axes gives all its numbers in one list. */
export function rowsOf(values: ArrayLike<unknown>, rows: number): readonly unknown[] {
  if (values.length === rows) return Array.from(values);
  const width = values.length / rows;
  const numbers = values as Uint8Array; // several axes: a typed array
  return Array.from({ length: rows }, (_, row) => numbers.subarray(row * width, (row + 1) * width));
}
