import type { PatchGrid } from './patchify.js';

/** One axis of a resize: which inputs each output position reads, and with what weight. */
export interface ResampleWeights {
  /** First input position: [outSize]. */
  readonly first: Int32Array;
  /** Number of input positions: [outSize]. */
  readonly count: Int32Array;
  /** Places for weights per output position. */
  readonly stride: number;
  /** Weights times 2 ** 22, zero beyond `count`: [outSize, stride]. */
  readonly weights: Int32Array;
}

/** The module that pixel-kernel.wat describes, in base64: `node packages/preprocess/scripts/build-pixel-kernel.mjs` makes it. */
export const kernelModule =
  'AGFzbQEAAAABJQNgCn9/f39/f39/f38AYAl/f39/f39/f38AYAh/f39/f39/fwADBAMAAQIFAwEAAQckBAZtZW1vcnkCAAZhY3Jv' +
  'c3MAAARkb3duAAEHcGF0Y2hlcwACCo0HA5oDAgV/B3sDQCAIIQ4gAkEBRgRAQQAhAUEAIQkLQQAhCgNAIABBAyADIApBAnRqKAIA' +
  'bGohCyAFIAogBmxqIQwgDCAEIApBAnRqKAIAQQJ0aiEN/QwAACAAAAAgAAAAIAAAACAAIRIgEiEU/QwAAAAAAAAAAAAAAAAAAAAA' +
  'IRMgEyEVA0AgC/1dAAD9DACAA4ABgASAAoAFgICAgID9DiEQIAsgAWr9XQAA/QwAgAOAAYAEgAKABYCAgICA/Q4hESAM/QkCACEP' +
  'IBIgECAP/boB/a4BIRIgFCARIA/9ugH9rgEhFCAM/QkCBCEPIBMgECAP/boB/a4BIRMgFSARIA/9ugH9rgEhFSALQQZqIQsgDEEI' +
  'aiEMIAwgDUkNAAsgEiATQQj9qwH9rgFBFv2sASAUIBVBCP2rAf2uAUEW/awB/YUBIRIgEiAS/WYhEiAIIAlqIBL9WgAAASAIIBL9' +
  'WgAAACAIQQNqIQggCkEBaiEKIAogB0kNAAsgACABQQF0aiEAIA4gCUEBdGohCCACQQJrIQIgAkEASg0ACwuxAgIFfwh7A0AgACAD' +
  'KAIAIAFsaiEKIAUgBCgCAEECdGohDUEAIQkDQCAKIAlqIQsgBSEM/QwAACAAAAAgAAAAIAAAACAAIRIgEiETIBIhFCASIRUDQCAL' +
  '/QAAACEOIAz9CQIAIQ8gDv2JASEQIA79igEhESASIBD9qQEgD/21Af2uASESIBMgEP2qASAP/bUB/a4BIRMgFCAR/akBIA/9tQH9' +
  'rgEhFCAVIBH9qgEgD/21Af2uASEVIAsgAWohCyAMQQRqIQwgDCANSQ0ACyAIIAlqIBJBFv2sASATQRb9rAH9hQEgFEEW/awBIBVB' +
  'Fv2sAf2FAf1m/QsAACAJQRBqIQkgCSACSQ0ACyAIIAJqIQggA0EEaiEDIARBBGohBCAFIAZqIQUgB0EBayEHIAcNAAsLuwEBBX8D' +
  'QEEAIQgDQCAAIAIgCCAFbGxqIQpBACEJA0AgCiELIAcgBUEMbGohDANAIAcgBiALLQAAQQJ0aioCADgCACAHIAYgCy0AAUECdGoq' +
  'AoAIOAIEIAcgBiALLQACQQJ0aioCgBA4AgggCyACaiELIAdBDGohByAHIAxJDQALIAogAWohCiAJQQFqIQkgCSAFSQ0ACyAIQQFq' +
  'IQggCCAESQ0ACyAAIAEgBWxqIQAgA0EBayEDIAMNAAsL';

/** Larger pictures are left to plain loops, as memory of a module is never given back. */
const mostBytes = 1 << 26;
const pageBytes = 1 << 16;
/** Bytes that the module may touch behind a row. */
const slack = 16;

/** The functions of pixel-kernel.wat, which describes their arguments. */
interface Exports {
  readonly memory: WebAssembly.Memory;
  across(...args: number[]): void;
  down(...args: number[]): void;
  patches(...args: number[]): void;
}

/**
 * Weights as `across` takes them, two taps in two words: the lowest bytes of both, then the rest of both, 16 bits each.
 * A word holds the first in its lower half.
 */
function inPairs({ first, count, stride, weights }: ResampleWeights): ResampleWeights {
  const even = stride + (stride % 2);
  const pairs = new Int32Array(first.length * even);
  for (let out = 0; out < first.length; out++) {
    for (let tap = 0; tap < count[out]!; tap += 2) {
      const [one, two] = [
        weights[out * stride + tap]!,
        tap + 1 < count[out]! ? weights[out * stride + tap + 1]! : 0,
      ];
      pairs[out * even + tap] = (one & 0xff) | ((two & 0xff) << 16);
      pairs[out * even + tap + 1] = ((one >> 8) & 0xffff) | ((two >> 8) << 16);
    }
  }
  return { first, count, stride: even, weights: pairs };
}

/** Addresses of parts of the memory, one behind the other; it grows where they need it. */
function place(memory: WebAssembly.Memory, bytesOfParts: readonly number[]): number[] | undefined {
  let end = 0;
  const starts = bytesOfParts.map((bytes) => {
    const start = end;
    end = Math.ceil((end + bytes + slack) / slack) * slack;
    return start;
  });
  if (end > mostBytes) return undefined;
  const missing = end - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / pageBytes));
  return starts;
}

/**
 * Makes loops over red, green and blue that a WebAssembly module runs; each gives undefined where it needs more memory than
 * is kept. Undefined where WebAssembly, or four values at a time, is not there or not allowed.
 */
export function createPixelKernel() {
  let exports: Exports;
  try {
    const bytes = Uint8Array.from(atob(kernelModule), (letter) => letter.charCodeAt(0));
    exports = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports as unknown as Exports; // of pixel-kernel.wat
  } catch {
    return undefined;
  }
  const { memory, across, down, patches } = exports;
  return {
    /**
     * Both passes of the resize in one: rows [rows, rowBytes] -> [outHeight, outWidth, 3].
     *
     * @param copyRows - Writes the rows that are read, one behind the other.
     * @param firstRow - The row of the vertical axis that they begin with.
     * @returns New bytes.
     */
    resize(
      copyRows: (target: Uint8Array) => void,
      rows: number,
      rowBytes: number,
      horizontal: ResampleWeights,
      vertical: ResampleWeights,
      firstRow: number,
    ) {
      const pairs = inPairs(horizontal);
      const tables = [pairs.first, pairs.count, pairs.weights];
      tables.push(
        vertical.first.map((row) => row - firstRow),
        vertical.count,
        vertical.weights,
      );
      const [outWidth, outHeight] = [horizontal.first.length, vertical.first.length];
      const outBytes = 3 * outWidth;
      const stride = outBytes + slack; // Of two rows that are written in turn, one must not reach into the other.
      const pixels = [rows * rowBytes, rows * stride, outHeight * outBytes];
      const starts = place(memory, [...tables.map(({ byteLength }) => byteLength), ...pixels]);
      if (!starts) return undefined;
      tables.forEach((table, at) => new Int32Array(memory.buffer, starts[at], table.length).set(table));
      const [input, between, out] = starts.slice(tables.length) as [number, number, number]; // one for each of pixels
      copyRows(new Uint8Array(memory.buffer, input, rows * rowBytes));
      across(input, rowBytes, rows, ...starts.slice(0, 3), 4 * pairs.stride, outWidth, between, stride);
      down(between, stride, outBytes, ...starts.slice(3, 6), 4 * vertical.stride, outHeight, out);
      return new Uint8Array(memory.buffer, out, outHeight * outBytes).slice();
    },
    /**
     * Patches of an image [height, width, 3], mirrored first on demand, through a table: a value for each byte of each channel,
     * [3, 256].
     *
     * @returns [patches, patchDim], which the next call overwrites.
     */
    patches(image: Uint8Array, grid: PatchGrid, table: Float32Array, mirror: boolean) {
      const { height, width, patchSize } = grid;
      const starts = place(memory, [image.length, table.byteLength, 4 * image.length]);
      if (!starts) return undefined;
      const [input, values, out] = starts as [number, number, number]; // as many as were asked for
      new Uint8Array(memory.buffer, input, image.length).set(image);
      new Float32Array(memory.buffer, values, table.length).set(table);
      const [first, step] = mirror ? [input + 3 * (width - 1), -3] : [input, 3];
      patches(first, 3 * width, step, height / patchSize, width / patchSize, patchSize, values, out);
      return new Float32Array(memory.buffer, out, image.length);
    },
  };
}

/** Made at the first use; null where it cannot be. */
let kernel: ReturnType<typeof createPixelKernel> | null;

/** The kernel of this thread. */
export function pixelKernel() {
  kernel ??= createPixelKernel() ?? null;
  return kernel ?? undefined;
}
