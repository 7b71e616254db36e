import { fstatSync, readSync } from 'node:fs';

/** What the library's module asks of its surroundings, as far as it matters here. */
interface ModuleImports {
  /** Makes its memory larger; without success where it gives 0, and what asked for memory gets none. */
  emscripten_resize_heap(bytes: number): number | boolean;
}

/** A function that only the library's module imports. */
const ownImport = 'throw_error';

/**
 * Loads the library so that its memory has a limit. It believes the lengths that a file claims, up to 2 GB, and has no option for
 * less: what asks for more memory on its behalf is taken hold of when its module is instantiated.
 *
 * @param load - Loads it; where it was loaded before by another, there is no limit.
 * @param limit - Bytes that its memory may have, asked each time that it grows.
 */
export async function withBoundedMemory<Library>(
  load: () => Promise<Library>,
  limit: () => number,
): Promise<Library> {
  const { instantiate } = WebAssembly;
  const bounded = (source: BufferSource, imports: WebAssembly.Imports = {}) => {
    const asked = imports.env;
    if (asked && ownImport in asked) {
      const { emscripten_resize_heap: resize } = asked as unknown as ModuleImports; // its own list of functions
      asked.emscripten_resize_heap = (bytes: number) => (bytes >>> 0 <= limit() ? resize(bytes) : 0);
    }
    return instantiate(source, imports);
  };
  Object.assign(WebAssembly, { instantiate: bounded });
  try {
    return await load();
  } finally {
    Object.assign(WebAssembly, { instantiate });
  }
}

/** What is used of the library's view of files. */
export interface LibraryFiles {
  read(stream: unknown, buffer: ArrayBufferView, offset: number, length: number, position?: number): number;
  /** What its own code takes for an error of the system. */
  readonly ErrnoError: new (code: number) => Error;
}

/** The library's number of "input or output failed". */
const ioError = 29;

const signature = Buffer.from('GCOL');
const headBytes = 16;

/**
 * Lets the library fail where a collection of bytes of variable length is damaged. It believes the lengths in there: one of zero, as
 * in a file of which parts were never written, keeps it busy forever.
 *
 * @see The HDF Group, HDF5 File Format Specification Version 3.0, section III.E
 */
export function refuseDamagedHeaps(files: LibraryFiles): void {
  const read = files.read.bind(files);
  files.read = (stream, buffer, offset, length, position) => {
    const count = read(stream, buffer, offset, length, position);
    const start = new Uint8Array(
      buffer.buffer,
      buffer.byteOffset + offset,
      Math.min(count, signature.length),
    );
    const isHeap = signature.equals(start);
    if (isHeap && position !== undefined && !isWhole((stream as { readonly nfd: number }).nfd, position))
      throw new files.ErrnoError(ioError);
    return count;
  };
}

/** Whether the objects of a collection fill it, one behind the other. */
function isWhole(file: number, position: number): boolean {
  const head = Buffer.alloc(headBytes);
  readSync(file, head, 0, headBytes, position);
  const size = Number(head.readBigUInt64LE(8));
  if (size > fstatSync(file).size - position) return false;
  const collection = Buffer.alloc(size);
  readSync(file, collection, 0, size, position);
  let at = headBytes;
  while (at + headBytes <= size) {
    const index = collection.readUInt16LE(at);
    const length = Number(collection.readBigUInt64LE(at + 8));
    const taken = index === 0 ? length : headBytes + 8 * Math.ceil(length / 8); // object 0 is what is free, with its head
    if (taken < headBytes) return false;
    at += taken;
  }
  return at <= size;
}
