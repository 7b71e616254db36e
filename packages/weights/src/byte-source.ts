/**
 * A file as bytes that are read where they are wanted: of a checkpoint of gigabytes, the optimizer's moments need never
 * be in memory.
 */
export interface ByteSource {
  /** What to call it in an error: a path, or `bytes`. */
  readonly name: string;
  readonly length: number;
  /** The bytes from `begin` up to `end`, which the caller keeps within the length; they must not be changed. */
  read(begin: number, end: number): Uint8Array;
}

/** Bytes in memory, e.g. of `fetch` or of a picked file. */
export function memorySource(bytes: Uint8Array, name = 'bytes'): ByteSource {
  const plain = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length); // the methods of a Buffer are others
  return { name, length: plain.length, read: (begin, end) => plain.subarray(begin, end) };
}

/** A stretch of another source. */
export function partOfSource(source: ByteSource, begin: number, end: number, name: string): ByteSource {
  return { name, length: end - begin, read: (from, to) => source.read(begin + from, begin + to) };
}
