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
  'AGFzbQEAAAABGgJgCn9/f39/f39/f38AYAl/f39/f39/f38AAwMCAAEFAwEAAQcaAwZtZW1vcnkCAAZhY3Jvc3MAAARkb3duAAEK' +
  '0AUCmgMCBX8HewNAIAghDiACQQFGBEBBACEBQQAhCQtBACEKA0AgAEEDIAMgCkECdGooAgBsaiELIAUgCiAGbGohDCAMIAQgCkEC' +
  'dGooAgBBAnRqIQ39DAAAIAAAACAAAAAgAAAAIAAhEiASIRT9DAAAAAAAAAAAAAAAAAAAAAAhEyATIRUDQCAL/V0AAP0MAIADgAGA' +
  'BIACgAWAgICAgP0OIRAgCyABav1dAAD9DACAA4ABgASAAoAFgICAgID9DiERIAz9CQIAIQ8gEiAQIA/9ugH9rgEhEiAUIBEgD/26' +
  'Af2uASEUIAz9CQIEIQ8gEyAQIA/9ugH9rgEhEyAVIBEgD/26Af2uASEVIAtBBmohCyAMQQhqIQwgDCANSQ0ACyASIBNBCP2rAf2u' +
  'AUEW/awBIBQgFUEI/asB/a4BQRb9rAH9hQEhEiASIBL9ZiESIAggCWogEv1aAAABIAggEv1aAAAAIAhBA2ohCCAKQQFqIQogCiAH' +
  'SQ0ACyAAIAFBAXRqIQAgDiAJQQF0aiEIIAJBAmshAiACQQBKDQALC7ECAgV/CHsDQCAAIAMoAgAgAWxqIQogBSAEKAIAQQJ0aiEN' +
  'QQAhCQNAIAogCWohCyAFIQz9DAAAIAAAACAAAAAgAAAAIAAhEiASIRMgEiEUIBIhFQNAIAv9AAAAIQ4gDP0JAgAhDyAO/YkBIRAg' +
  'Dv2KASERIBIgEP2pASAP/bUB/a4BIRIgEyAQ/aoBIA/9tQH9rgEhEyAUIBH9qQEgD/21Af2uASEUIBUgEf2qASAP/bUB/a4BIRUg' +
  'CyABaiELIAxBBGohDCAMIA1JDQALIAggCWogEkEW/awBIBNBFv2sAf2FASAUQRb9rAEgFUEW/awB/YUB/Wb9CwAAIAlBEGohCSAJ' +
  'IAJJDQALIAggAmohCCADQQRqIQMgBEEEaiEEIAUgBmohBSAHQQFrIQcgBw0ACws=';

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
  return (copyRows, rows, rowBytes, acrossWeights, vertical, firstRow) => {
    const horizontal = inPairs(acrossWeights);
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
    const outBytes = 3 * outWidth;
    const stride = outBytes + slack; // Of two rows that are written in turn, one must not reach into the other.
    const [input, between, out] = [place(rows * rowBytes), place(rows * stride), place(outHeight * outBytes)];
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
    across(input, rowBytes, rows, ...acrossAt, 4 * horizontal.stride, outWidth, between, stride);
    down(between, stride, outBytes, ...downAt, 4 * vertical.stride, outHeight, out);
    return new Uint8Array(memory.buffer, out, outHeight * outBytes).slice();
  };
}
