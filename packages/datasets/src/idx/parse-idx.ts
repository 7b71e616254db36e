import { messageOf, unusable } from '@m3ae/errors';
import { gunzipSync } from 'node:zlib';

/** An array of bytes with its shape. */
export interface IdxArray {
  readonly shape: readonly number[];
  readonly data: Uint8Array;
}

/** More than this is refused before anything is unpacked: 60,000 pictures of 28 x 28 take 47 MB. */
const mostBytes = 2 ** 31;

const elementTypes: Readonly<Record<number, string>> = {
  0x09: 'signed bytes',
  0x0b: '16-bit integers',
  0x0c: '32-bit integers',
  0x0d: '32-bit floats',
  0x0e: '64-bit floats',
};

/**
 * Reads an IDX file of unsigned bytes, the format of MNIST and Fashion-MNIST, plain or gzipped.
 *
 * @param bytes - The whole file: two zero bytes, element type 8, number of axes, their lengths as big-endian 32-bit
 * integers, and the elements in row-major order.
 * @param axes - How many axes it must have: 3 for pictures, 1 for labels.
 * @param file - What to call it in messages.
 * @throws InvalidInput if it is no such file, or holds fewer or more bytes than its header says.
 */
export function parseIdx(bytes: Uint8Array, axes: number, file: string): IdxArray {
  const whole = bytes[0] === 0x1f && bytes[1] === 0x8b ? unzip(bytes, file) : bytes;
  const what = axes === 3 ? 'pictures [count, height, width]' : 'labels [count]';
  if (whole.length < 4 || whole[0] !== 0 || whole[1] !== 0) {
    throw unusable(
      `${file} must be an IDX file; its first bytes are ${hex(whole)}. Name a file such as train-images-idx3-ubyte.`,
    );
  }
  if (whole[2] !== 0x08) {
    const type = elementTypes[whole[2]!] ?? `unknown elements (type ${whole[2]})`;
    throw unusable(`${file} must hold unsigned bytes; it holds ${type}. Convert it to bytes.`);
  }
  if (whole[3] !== axes) {
    throw unusable(
      `${file} must hold ${what}; its header says ${whole[3]} axes. Check whether the files are swapped.`,
    );
  }
  const start = 4 + 4 * axes;
  if (whole.length < start) {
    throw unusable(`${file} ends within its header of ${start} bytes. Fetch the file again.`);
  }
  const view = new DataView(whole.buffer, whole.byteOffset, whole.byteLength);
  const shape = Array.from({ length: axes }, (_, axis) => view.getUint32(4 + 4 * axis));
  // As numbers, not 32-bit integers: a lying header must not overflow into a small size.
  const expected = shape.reduce((size, length) => size * length, 1);
  const held = whole.length - start;
  if (expected !== held) {
    throw unusable(
      `${file} must hold ${shape.join(' x ')} = ${expected} bytes after its header; it holds ${held}. ` +
        'It is cut short or damaged: fetch it again.',
    );
  }
  if (expected === 0) throw unusable(`${file} must hold at least one element; it is empty.`);
  return { shape, data: whole.subarray(start) };
}

function unzip(bytes: Uint8Array, file: string): Uint8Array {
  try {
    return gunzipSync(bytes, { maxOutputLength: mostBytes });
  } catch (error) {
    throw unusable(`${file} cannot be unpacked: ${messageOf(error)}. Fetch the file again.`, {
      cause: error,
    });
  }
}

function hex(bytes: Uint8Array): string {
  const first = Array.from(bytes.subarray(0, 4), (byte) => byte.toString(16).padStart(2, '0')).join(' ');
  return first === '' ? 'none, it is empty' : first;
}
