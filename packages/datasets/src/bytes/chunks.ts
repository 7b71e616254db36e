import type { ByteFile } from './file.js';

/** Bytes that are read at a time: a request far away costs as long as some megabytes. */
export const usualChunk = 4 << 20;

/** Reads pieces of files whose neighbors are asked for soon. */
export type ChunkReader = (file: ByteFile, start: number, length: number) => Promise<Uint8Array>;

/**
 * Reads files by chunks, each once as long as it is kept, and the one behind it at the same time; what was asked for longest
 * ago goes first.
 *
 * @param mostBytes - Of all chunks that are kept.
 * @returns What reads a piece, in memory of its own.
 */
export function chunkReader(mostBytes: number, chunkBytes = usualChunk): ChunkReader {
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
  return async (file, start, length) => {
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
