/**
 * Many texts in one piece of memory that all threads share: a million captions as strings of their own would cost
 * several times their bytes, once more in every worker.
 */
export interface PackedTexts {
  readonly length: number;
  /** The texts in UTF-8, one after the other. */
  readonly bytes: Uint8Array;
  /** Where each text ends in `bytes`: [length]. */
  readonly ends: Float64Array;
}

/** Packs texts that come one by one. */
export interface TextPacker {
  add(text: string): void;
  finish(): PackedTexts;
}

/** UTF-8 needs at most three bytes for each UTF-16 unit of a string. */
const bytesPerUnit = 3;
const firstCapacity = 1 << 10;

/** An empty {@link TextPacker}. */
export function createTextPacker(): TextPacker {
  let bytes = Buffer.allocUnsafeSlow(firstCapacity);
  let used = 0;
  const ends = createNumberList(Float64Array);
  return {
    add(text) {
      const needed = used + text.length * bytesPerUnit;
      if (needed > bytes.length) {
        const larger = Buffer.allocUnsafeSlow(Math.max(needed, Math.ceil(bytes.length * 1.5)));
        bytes.copy(larger, 0, 0, used);
        bytes = larger;
      }
      used += bytes.write(text, used, 'utf8');
      ends.add(used);
    },
    finish() {
      const shared = new Uint8Array(new SharedArrayBuffer(used));
      shared.set(bytes.subarray(0, used));
      const all = ends.finish();
      return { length: all.length, bytes: shared, ends: all };
    },
  };
}

/** Packs texts that are all there. */
export function packTexts(texts: Iterable<string>): PackedTexts {
  const packer = createTextPacker();
  for (const text of texts) packer.add(text);
  return packer.finish();
}

/** One text; undefined beyond the last. */
export function textAt({ bytes, ends }: PackedTexts, index: number): string | undefined {
  const end = ends[index];
  if (end === undefined) return undefined;
  const start = index === 0 ? 0 : ends[index - 1]!;
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('utf8');
}

/** Numbers that come one by one, in as many bytes each as their type takes. */
export interface NumberList<List> {
  add(value: number): void;
  /** All of them, in memory that threads share. */
  finish(): List;
}

/** An empty {@link NumberList}. */
export function createNumberList<List extends Int32Array | Float64Array>(Type: {
  new (source: number | ArrayBufferLike): List;
  readonly BYTES_PER_ELEMENT: number;
}): NumberList<List> {
  let values = new Type(firstCapacity);
  let length = 0;
  return {
    add(value) {
      if (length === values.length) {
        const larger = new Type(Math.ceil(length * 1.5));
        larger.set(values);
        values = larger;
      }
      values[length++] = value;
    },
    finish() {
      const shared = new Type(new SharedArrayBuffer(length * Type.BYTES_PER_ELEMENT));
      shared.set(values.subarray(0, length));
      return shared;
    },
  };
}
