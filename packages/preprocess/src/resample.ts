import { resampleWeights, type ResampleWeights, weightBits } from './resample-weights.js';

/** Interleaved bytes of a rectangle that may sit inside a larger image. */
export interface PixelWindow {
  readonly data: Uint8Array | Uint8ClampedArray;
  /** Index in `data` of the first value of the rectangle. */
  readonly offset: number;
  /** Values from one row to the next. */
  readonly rowStride: number;
  readonly width: number;
  readonly height: number;
  readonly channels: number;
}

/** Box in the window's pixels, fractions allowed. */
export interface Edges {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** One half at the weights' precision, so that dropping the fraction rounds. */
const half = 1 << (weightBits - 1);

/** Rows [firstRow, firstRow + rows) of the window -> [rows, outWidth, 3]. The common case, unrolled. */
function acrossRgb(
  source: PixelWindow,
  axis: ResampleWeights,
  firstRow: number,
  out: Uint8ClampedArray,
): void {
  const { data, rowStride } = source;
  const { first, count, stride, weights } = axis;
  const outWidth = first.length;
  let row = source.offset + firstRow * rowStride;
  for (let place = 0; place < out.length; row += rowStride) {
    for (let x = 0; x < outWidth; x++, place += 3) {
      let weightAt = x * stride;
      const end = weightAt + count[x]!;
      let pixel = row + first[x]! * 3;
      let red = half;
      let green = half;
      let blue = half;
      for (; weightAt < end; weightAt++, pixel += 3) {
        const weight = weights[weightAt]!;
        red = (red + Math.imul(data[pixel]!, weight)) | 0;
        green = (green + Math.imul(data[pixel + 1]!, weight)) | 0;
        blue = (blue + Math.imul(data[pixel + 2]!, weight)) | 0;
      }
      out[place] = red >> weightBits;
      out[place + 1] = green >> weightBits;
      out[place + 2] = blue >> weightBits;
    }
  }
}

/** Rows [firstRow, firstRow + rows) of the window -> [rows, outWidth, channels]. */
function across(source: PixelWindow, axis: ResampleWeights, firstRow: number, out: Uint8ClampedArray): void {
  const { data, rowStride, channels } = source;
  const { first, count, stride, weights } = axis;
  const outWidth = first.length;
  let row = source.offset + firstRow * rowStride;
  for (let place = 0; place < out.length; row += rowStride) {
    for (let x = 0; x < outWidth; x++) {
      const length = count[x]!;
      const weightAt = x * stride;
      for (let channel = 0; channel < channels; channel++, place++) {
        const pixel = row + first[x]! * channels + channel;
        let sum = half;
        for (let i = 0; i < length; i++) {
          sum = (sum + Math.imul(data[pixel + i * channels]!, weights[weightAt + i]!)) | 0;
        }
        out[place] = sum >> weightBits;
      }
    }
  }
}

/**
 * Window [rows, width, channels] -> [outHeight, width, channels]; `shift` is the row of the axis at which
 * the window begins. Four input rows are taken at a time, which halves the loads and stores of the sums.
 */
function down(source: PixelWindow, axis: ResampleWeights, shift: number, out: Uint8ClampedArray): void {
  const { data, offset, rowStride, width, channels } = source;
  const { first, count, stride, weights } = axis;
  const length = width * channels;
  const sums = new Int32Array(length);
  for (let y = 0; y < first.length; y++) {
    const taps = count[y]!;
    let row = offset + (first[y]! - shift) * rowStride;
    let tap = y * stride;
    sums.fill(half);
    // Weights beyond `taps` are zero, and the rows they would read are clipped to the last one.
    for (let done = 0; done < taps; done += 4, tap += 4, row += 4 * rowStride) {
      const left = taps - done;
      const weight0 = weights[tap]!;
      const weight1 = left > 1 ? weights[tap + 1]! : 0;
      const weight2 = left > 2 ? weights[tap + 2]! : 0;
      const weight3 = left > 3 ? weights[tap + 3]! : 0;
      const row1 = left > 1 ? row + rowStride : row;
      const row2 = left > 2 ? row1 + rowStride : row;
      const row3 = left > 3 ? row2 + rowStride : row;
      for (let x = 0; x < length; x++) {
        sums[x] =
          (((sums[x]! + Math.imul(data[row + x]!, weight0)) | 0) +
            ((Math.imul(data[row1 + x]!, weight1) + Math.imul(data[row2 + x]!, weight2)) | 0) +
            Math.imul(data[row3 + x]!, weight3)) |
          0;
      }
    }
    const place = y * length;
    for (let x = 0; x < length; x++) out[place + x] = sums[x]! >> weightBits;
  }
}

/**
 * Antialiased bicubic resize of a box of a window: first across, then down, each rounded to bytes.
 *
 * @returns New bytes: [outHeight, outWidth, channels].
 */
export function resample(source: PixelWindow, box: Edges, outWidth: number, outHeight: number): Uint8Array {
  const { width, height, channels } = source;
  const horizontal = resampleWeights(width, box.left, box.right, outWidth);
  const vertical = resampleWeights(height, box.top, box.bottom, outHeight);
  const firstRow = vertical.first[0]!;
  const rows = vertical.first[outHeight - 1]! + vertical.count[outHeight - 1]! - firstRow;
  const between = new Uint8ClampedArray(rows * outWidth * channels);
  (channels === 3 ? acrossRgb : across)(source, horizontal, firstRow, between); // [rows, outWidth, channels]
  const rowStride = outWidth * channels;
  const turned = { data: between, offset: 0, rowStride, width: outWidth, height: rows, channels };
  const out = new Uint8ClampedArray(outHeight * rowStride);
  down(turned, vertical, firstRow, out); // [outHeight, outWidth, channels]
  return new Uint8Array(out.buffer);
}
