import { elementsClass, type Elements, type SafetensorsDtype } from './dtypes.js';

const hostIsLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** Reverses the bytes of each element: the file is little-endian, whatever the machine. */
function swapped(bytes: Uint8Array, width: number): Uint8Array {
  const result = new Uint8Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) result[i] = bytes[i - (i % width) + width - 1 - (i % width)]!;
  return result;
}

/** The elements as the file holds them; a view, not a copy, on every little-endian machine. */
export function fileBytes(data: Elements): Uint8Array {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return hostIsLittleEndian ? bytes : swapped(bytes, data.BYTES_PER_ELEMENT);
}

/** The elements of the file's bytes: a view where the bytes are aligned for it, a copy elsewhere. */
export function elementsOfBytes(dtype: SafetensorsDtype, bytes: Uint8Array): Elements {
  const Class = elementsClass[dtype];
  const width = Class.BYTES_PER_ELEMENT;
  const ordered = hostIsLittleEndian ? bytes : swapped(bytes, width);
  // Not slice(): a Buffer's is a view.
  const aligned = ordered.byteOffset % width === 0 ? ordered : new Uint8Array(ordered);
  return new Class(aligned.buffer, aligned.byteOffset, aligned.byteLength / width);
}
