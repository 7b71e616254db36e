import type { Metadata } from 'h5wasm/node';

/** How the library decodes strings that are said to be ASCII, and often hold UTF-8: what each byte became. */
const asciiBytes = new Map(
  Array.from(
    new TextDecoder('ascii').decode(Uint8Array.from({ length: 256 }, (_, byte) => byte)),
    (letter, byte) => [letter, byte],
  ),
);

/** The bytes of a row: of variable length, of one length, or a string's. */
export function bytesOfRow(value: unknown, { cset }: Pick<Metadata, 'cset'>): Uint8Array {
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  if (typeof value !== 'string') return Uint8Array.from(value as ArrayLike<number>);
  if (cset === 1) return Buffer.from(value, 'utf8');
  return Uint8Array.from(value, (letter) => asciiBytes.get(letter) ?? letter.charCodeAt(0));
}

/** The bytes of a row's text, without the zeros that fill it up to a length. */
export function textBytesOf(value: unknown, metadata: Pick<Metadata, 'cset'>): Uint8Array {
  const padded = bytesOfRow(value, metadata);
  let end = padded.length;
  while (end > 0 && padded[end - 1] === 0) end--;
  return padded.subarray(0, end);
}

/** Values of several rows, one a row: a field with more axes gives all its numbers in one list. */
export function rowsOf(values: ArrayLike<unknown>, rows: number): readonly unknown[] {
  if (values.length === rows) return Array.from(values);
  const width = values.length / rows;
  const numbers = values as Uint8Array; // several axes: a typed array
  return Array.from({ length: rows }, (_, row) => numbers.subarray(row * width, (row + 1) * width));
}
