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
