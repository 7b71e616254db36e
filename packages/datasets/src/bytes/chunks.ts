import { type ByteFile, isRemote } from './file.js';

/** Bytes that are read at a time: a request far away costs as long as some megabytes. */
export const usualChunk = 4 << 20;

/**
 * Reads pieces of files whose neighbors are asked for soon: by chunks, each once as long as it is kept, and the one behind it at
 * the same time. The chunk that was asked for longest ago goes first.
 *
 * @param mostBytes - Of all chunks that are kept.
 * @returns What reads a piece, in memory of its own.
 */
export function chunkReader(mostBytes: number, chunkBytes = usualChunk) {
  const chunks = new Map<string, { readonly bytes: Promise<Uint8Array>; readonly length: number }>();
  let kept = 0;
  const drop = (id: string): void => {
    kept -= chunks.get(id)?.length ?? 0;
    chunks.delete(id);
  };
  const chunkOf = (file: ByteFile, at: number): Promise<Uint8Array> => {
    const id = `${at} ${file.address}`;
    const start = at * chunkBytes;
    const length = Math.min(chunkBytes, file.size - start);
    const known = chunks.get(id);
    const chunk = known ?? { bytes: file.read(start, length), length };
    if (!known) {
      kept += length;
      chunk.bytes.catch(() => chunks.get(id) === chunk && drop(id)); // its server may answer the next time
    }
    chunks.delete(id);
    chunks.set(id, chunk); // behind the others, as the one used last
    for (const oldest of chunks.keys()) {
      if (kept <= mostBytes || oldest === id) break;
      drop(oldest);
    }
    return chunk.bytes;
  };
  return async (file: ByteFile, start: number, length: number): Promise<Uint8Array> => {
    const first = Math.floor(start / chunkBytes);
    const count = Math.ceil((start + length) / chunkBytes) - first;
    const reading = Array.from({ length: count }, (_, at) => chunkOf(file, first + at));
    const behind = first + count;
    if (behind * chunkBytes < file.size) chunkOf(file, behind).catch(() => {}); // told when it is asked for
    const bytes = new Uint8Array(length);
    for (const [at, chunk] of (await Promise.all(reading)).entries()) {
      const from = start - (first + at) * chunkBytes;
      bytes.set(chunk.subarray(Math.max(0, from), from + length), Math.max(0, -from));
    }
    return bytes;
  };
}

/** What is read at a time: far away, a request costs as long as some megabytes; here, reading costs little. */
const windowBytes = (address: string): number => (isRemote(address) ? 4 << 20 : 64 << 10);
/** The texts of a sample may lie before the header that ends it, in the window before. */
const keptWindows = 3;

/** What a reader of small pieces needs of a file. */
export interface ReadableFile {
  readonly address: string;
  readonly size: number;
  read(start: number, length: number): Promise<Uint8Array>;
}

/**
 * A file for a reader that takes small pieces, mostly forwards: what lies around a piece is read with it. Pieces larger than
 * a window, and what is passed over between two, are not kept.
 */
export function withWindows(file: ByteFile): ReadableFile {
  const length = windowBytes(file.address);
  let windows: { readonly start: number; readonly bytes: Uint8Array }[] = [];
  return {
    address: file.address,
    size: file.size,
    async read(start, wanted) {
      const end = start + wanted;
      if (wanted > length || end > file.size) return file.read(start, wanted);
      let found = windows.find(
        (window) => start >= window.start && end <= window.start + window.bytes.length,
      );
      if (!found) {
        found = { start, bytes: await file.read(start, Math.min(length, file.size - start)) };
        windows = [found, ...windows.slice(0, keptWindows - 1)];
      }
      return found.bytes.subarray(start - found.start, end - found.start);
    },
  };
}
