/**
 * A file as bytes that are read where they are wanted: of a checkpoint of gigabytes, the optimizer's moments need never
 * be in memory.
 */
export interface ByteSource {
  /** What to call it in an error: a path, or `bytes`. */
  readonly name: string;
  readonly length: number;
  /** The bytes from `begin` up to `end`, which the caller keeps within the length; they must not be changed. */
  read(begin: number, end: number): Uint8Array;
}

/** Bytes in memory, e.g. of `fetch` or of a picked file. */
export function memorySource(bytes: Uint8Array, name = 'bytes'): ByteSource {
  const plain = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length); // the methods of a Buffer are others
  return { name, length: plain.length, read: (begin, end) => plain.subarray(begin, end) };
}

/** What a reader is given: a source, or bytes in memory. */
export function sourceOf(input: ByteSource | Uint8Array): ByteSource {
  return input instanceof Uint8Array ? memorySource(input) : input;
}

/** A stretch of another source. */
export function partOfSource(source: ByteSource, begin: number, end: number, name: string): ByteSource {
  return { name, length: end - begin, read: (from, to) => source.read(begin + from, begin + to) };
}

const utf8 = new TextDecoder();

/** Text in UTF-8, as all but the oldest pickles have it. */
export function utf8Text(bytes: Uint8Array): string {
  return utf8.decode(bytes);
}

/** A letter a byte; `TextDecoder('latin1')` is another encoding. */
export function latin1Text(bytes: Uint8Array): string {
  let text = '';
  for (let begin = 0; begin < bytes.length; begin += 8192) {
    text += String.fromCharCode(...bytes.subarray(begin, begin + 8192));
  }
  return text;
}

/** A byte a letter; the text holds no other than U+0000 to U+00FF. */
export function latin1Bytes(text: string): Uint8Array {
  return Uint8Array.from({ length: text.length }, (_, at) => text.charCodeAt(at));
}

/** Whether every letter of a text is a byte. */
export function isLatin1(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 0xff) return false;
  return true;
}
