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
 * the window begins. Four neighbors at a time share each weight, which costs half of one at a time.
 */
function down(source: PixelWindow, axis: ResampleWeights, shift: number, out: Uint8ClampedArray): void {
  const { data, offset, rowStride, width, channels } = source;
  const { first, count, stride, weights } = axis;
  const length = width * channels;
  const fours = length - (length % 4);
  for (let y = 0, place = 0; y < first.length; y++) {
    const begin = y * stride;
    const end = begin + count[y]!;
    const row = offset + (first[y]! - shift) * rowStride;
    for (let x = 0; x < fours; x += 4, place += 4) {
      let value0 = half;
      let value1 = half;
      let value2 = half;
      let value3 = half;
      let at = row + x;
      for (let tap = begin; tap < end; tap++, at += rowStride) {
        const weight = weights[tap]!;
        value0 = (value0 + Math.imul(data[at]!, weight)) | 0;
        value1 = (value1 + Math.imul(data[at + 1]!, weight)) | 0;
        value2 = (value2 + Math.imul(data[at + 2]!, weight)) | 0;
        value3 = (value3 + Math.imul(data[at + 3]!, weight)) | 0;
      }
      out[place] = value0 >> weightBits;
      out[place + 1] = value1 >> weightBits;
      out[place + 2] = value2 >> weightBits;
      out[place + 3] = value3 >> weightBits;
    }
    for (let x = fours; x < length; x++, place++) {
      let value = half;
      let at = row + x;
      for (let tap = begin; tap < end; tap++, at += rowStride) {
        value = (value + Math.imul(data[at]!, weights[tap]!)) | 0;
      }
      out[place] = value >> weightBits;
    }
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
