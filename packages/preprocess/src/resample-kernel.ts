import type { ResampleWeights } from './resample-weights.js';

/** Both passes of the resize in one: rows [rows, rowBytes] -> [outHeight, outWidth, 3]. */
export interface ResampleKernel {
  /**
   * @param copyRows - Writes the rows that are read, one behind the other.
   * @param rows - How many.
   * @param rowBytes - Bytes of each.
   * @param firstRow - The row of the vertical axis that they begin with.
   * @returns New bytes: [outHeight, outWidth, 3]; undefined where they need more memory than is kept.
   */
  (
    copyRows: (target: Uint8Array) => void,
    rows: number,
    rowBytes: number,
    horizontal: ResampleWeights,
    vertical: ResampleWeights,
    firstRow: number,
  ): Uint8Array | undefined;
}

/** The module that resample.wat describes, in base64: `node packages/preprocess/scripts/build-resample.mjs` makes it. */
export const kernelModule =
  'AGFzbQEAAAABGAJgCX9/f39/f39/fwBgCH9/f39/f39/AAMDAgABBQMBAAEHGgMGbWVtb3J5AgAGYWNyb3NzAAAEZG93bgAB' +
  'CoQEAs4BAgR/AXsDQEEAIQkDQCAAQQMgAyAJQQJ0aigCAGxqIQogBSAJIAZsaiELIAsgBCAJQQJ0aigCAEECdGohDP0MAAAg' +
  'AAAAIAAAACAAAAAgACENA0AgDSAK/VwCAP2JAf2pASAL/QkCAP21Af2uASENIApBA2ohCiALQQRqIQsgCyAMSQ0ACyANQRb9' +
  'rAEhDSANIA39hQEhDSAIIA0gDf1m/VoCAAAgCEEDaiEIIAlBAWohCSAJIAdJDQALIAAgAWohACACQQFrIQIgAg0ACwuxAgIF' +
  'fwh7A0AgACACKAIAIAFsaiEJIAQgAygCAEECdGohDEEAIQgDQCAJIAhqIQogBCEL/QwAACAAAAAgAAAAIAAAACAAIREgESES' +
  'IBEhEyARIRQDQCAK/QAAACENIAv9CQIAIQ4gDf2JASEPIA39igEhECARIA/9qQEgDv21Af2uASERIBIgD/2qASAO/bUB/a4B' +
  'IRIgEyAQ/akBIA79tQH9rgEhEyAUIBD9qgEgDv21Af2uASEUIAogAWohCiALQQRqIQsgCyAMSQ0ACyAHIAhqIBFBFv2sASAS' +
  'QRb9rAH9hQEgE0EW/awBIBRBFv2sAf2FAf1m/QsAACAIQRBqIQggCCABSQ0ACyAHIAFqIQcgAkEEaiECIANBBGohAyAEIAVq' +
  'IQQgBkEBayEGIAYNAAsL';

/** Larger pictures are left to plain loops, as memory of a module is never given back. */
const mostBytes = 1 << 26;
const pageBytes = 1 << 16;
/** Bytes that the module may touch behind a row. */
const slack = 16;

/** The functions of resample.wat, which describes their arguments. */
interface Exports {
  readonly memory: WebAssembly.Memory;
  across(...args: number[]): void;
  down(...args: number[]): void;
}

/** Makes the kernel; undefined where WebAssembly, or four values at a time, is not there or not allowed. */
export function createResampleKernel(): ResampleKernel | undefined {
  let exports: Exports;
  try {
    const bytes = Uint8Array.from(atob(kernelModule), (letter) => letter.charCodeAt(0));
    exports = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports as unknown as Exports; // of resample.wat
  } catch {
    return undefined;
  }
  const { memory, across, down } = exports;
  return (copyRows, rows, rowBytes, horizontal, vertical, firstRow) => {
    const [outWidth, outHeight] = [horizontal.first.length, vertical.first.length];
    let end = 0;
    const place = (bytes: number): number => {
      const start = end;
      end = Math.ceil((end + bytes + slack) / slack) * slack;
      return start;
    };
    const placeOf = ({ first, count, weights }: ResampleWeights) =>
      [place(4 * first.length), place(4 * count.length), place(4 * weights.length)] as const;
    const [acrossAt, downAt] = [placeOf(horizontal), placeOf(vertical)];
    const [input, between, out] = [
      place(rows * rowBytes),
      place(rows * outWidth * 3),
      place(outHeight * outWidth * 3),
    ];
    if (end > mostBytes) return undefined;
    const missing = end - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / pageBytes));
    const write = (
      [first, count, weights]: readonly number[],
      axis: ResampleWeights,
      shift: number,
    ): void => {
      new Int32Array(memory.buffer, first, axis.first.length).set(axis.first.map((at) => at - shift));
      new Int32Array(memory.buffer, count, axis.count.length).set(axis.count);
      new Int32Array(memory.buffer, weights, axis.weights.length).set(axis.weights);
    };
    write(acrossAt, horizontal, 0);
    write(downAt, vertical, firstRow);
    copyRows(new Uint8Array(memory.buffer, input, rows * rowBytes));
    across(input, rowBytes, rows, ...acrossAt, 4 * horizontal.stride, outWidth, between);
    down(between, outWidth * 3, ...downAt, 4 * vertical.stride, outHeight, out);
    return new Uint8Array(memory.buffer, out, outHeight * outWidth * 3).slice();
  };
}
