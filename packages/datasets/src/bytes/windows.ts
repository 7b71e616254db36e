import { type ByteFile, isRemote } from './file.js';

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
