import { basename, dirname, join, resolve } from 'node:path';
import { knownFile } from '@m3ae/errors';

/** A file, and how to tell later that it is still the same; plain data. */
export interface StoredFile {
  /** A path, or an `http:`, `https:` or `s3:` address. */
  readonly address: string;
  /** In bytes. */
  readonly size: number;
  /** The ETag that its server gave, or when it was last modified. */
  readonly version?: string;
}

/** Bytes at an address. */
export interface ByteFile extends StoredFile {
  /**
   * Some bytes, in memory of their own.
   *
   * @throws InvalidInput if the file ends before, has changed, or cannot be reached.
   */
  read(start: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
  /** All bytes, piece by piece; no more than a piece is held. */
  stream(): AsyncIterable<Uint8Array>;
}

/** Whether a text is an address of a server, and not a path. */
export function isRemote(address: string): boolean {
  return /^(https?|s3):\/\//i.test(address);
}

/** The plain data of a file, which can cross to a worker thread. */
export function storedOf({ address, size, version }: StoredFile): StoredFile {
  return { address, size, ...(version !== undefined && { version }) };
}

/** A path as it stands in an address of the web, and in what a request's signature is made of (RFC 3986). */
export function escapePath(path: string): string {
  const hexadecimal = (letter: string): string => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`;
  const escape = (name: string): string => encodeURIComponent(name).replaceAll(/[!'()*]/g, hexadecimal);
  return path.split('/').map(escape).join('/');
}

/** The name of a file, without what may stand behind it in an address. */
export function nameOf({ address }: { readonly address: string }): string {
  return basename(isRemote(address) ? address.replace(/[?#].*$/, '') : address);
}

/** The name of a dataset by its first file, and how many more there are. */
export function datasetName(kind: string, first: { readonly address: string }, files: number): string {
  return `${kind}/${nameOf(first)}${files > 1 ? ` and ${files - 1} more` : ''}`;
}

/** Where a name of a folder lies; a name that is an address lies there. */
export function placeIn(folder: string, name: string): string {
  if (isRemote(name)) return name;
  if (!isRemote(folder)) return join(folder, name);
  return `${folder.replace(/\/+$/, '')}/${/^s3:/i.test(folder) ? name : escapePath(name)}`;
}

/** Where a name lies that counts from the folder of a file. */
export function placeBeside(address: string, name: string): string {
  if (isRemote(address)) return placeIn(address.slice(0, address.lastIndexOf('/')), name);
  return isRemote(name) ? name : resolve(dirname(address), name);
}

const remedies = {
  hdf5: 'Name it with hdf5:.',
  parquet: 'Name it with parquet:.',
  tar: 'Name it with webdataset:.',
  picture: 'Name its folder with folder:.',
  json: 'Name it with jsonl: or coco:.',
};

/**
 * The sentences that say what a file is by its first 512 bytes; `''` where nothing is known.
 *
 * @param expected - The kind that it should be: if it begins so, it is damaged and no other.
 */
export function describeKind(bytes: Uint8Array, expected: 'hdf5' | 'parquet' | 'tar'): string {
  const known = knownFile(bytes, remedies);
  return known === undefined || known.kind === expected ? '' : `It is ${known.name}. ${known.remedy}`.trim();
}
