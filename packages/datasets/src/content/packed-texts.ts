/**
 * Many texts in memory that all threads share: a million captions as strings of their own would cost several times their
 * bytes, once more in every worker.
 */
export interface PackedTexts {
  readonly length: number;
  /** The texts in UTF-8, one after the other; every block but the last has 4 MiB. */
  readonly blocks: readonly Uint8Array[];
  /** Where each text ends, counted through all blocks: [length]. */
  readonly ends: Float64Array;
}

/** One piece for all texts would be copied each time it grows, and twice the texts would be held. */
const blockBytes = 1 << 22;
/** UTF-8 needs at most three bytes for each UTF-16 unit of a string. */
const bytesPerUnit = 3;
const firstBytes = 1 << 10;
/** Numbers that are added before others are put aside. */
const numbersAtATime = 1 << 12;

/** Packs texts that come one by one. */
export function createTextPacker() {
  const blocks: Uint8Array[] = [];
  const ends = createNumberList(Float64Array);
  let open = sharedBytes(firstBytes);
  let used = 0;
  let before = 0; // bytes of the full blocks

  /** Bytes of a text that may not fit into the open block. */
  const copy = (bytes: Uint8Array): void => {
    let rest = bytes;
    while (used + rest.length > blockBytes) {
      open = enlarged(open, used, blockBytes);
      const piece = rest.subarray(0, blockBytes - used);
      open.set(piece, used);
      blocks.push(open);
      rest = rest.subarray(piece.length);
      [open, used, before] = [sharedBytes(blockBytes), 0, before + blockBytes];
    }
    if (used + rest.length > open.length)
      open = enlarged(open, used, Math.min(blockBytes, 2 * (used + rest.length)));
    open.set(rest, used);
    used += rest.length;
  };

  return {
    add(text: string): void {
      if (used + text.length * bytesPerUnit > open.length) copy(Buffer.from(text));
      else used += open.write(text, used, 'utf8');
      ends.add(before + used);
    },
    /** All of them; nothing can be added afterwards. */
    finish(): PackedTexts {
      const all = ends.finish();
      const last = used === 0 ? [] : [enlarged(open, used, used)];
      const bytes = [...blocks, ...last].map(({ buffer }) => new Uint8Array(buffer)); // each has its own memory
      return { length: all.length, blocks: bytes, ends: all };
    },
  };
}

const sharedBytes = (length: number): Buffer => Buffer.from(new SharedArrayBuffer(length));

/** The first `used` bytes in memory of another length. */
function enlarged(bytes: Buffer, used: number, length: number): Buffer {
  if (bytes.length === length) return bytes;
  const other = sharedBytes(length);
  other.set(bytes.subarray(0, used));
  return other;
}

/** Packs texts that are all there. */
export function packTexts(texts: Iterable<string>): PackedTexts {
  const packer = createTextPacker();
  for (const text of texts) packer.add(text);
  return packer.finish();
}

/** One text; undefined beyond the last. */
export function textAt({ blocks, ends }: PackedTexts, index: number): string | undefined {
  const end = ends[index];
  if (end === undefined) return undefined;
  const start = index === 0 ? 0 : ends[index - 1]!;
  const first = Math.floor(start / blockBytes);
  const [from, to] = [start - first * blockBytes, end - first * blockBytes];
  if (to <= blockBytes) return from === to ? '' : partOf(blocks[first]!, from, to).toString('utf8');
  const count = Math.ceil(to / blockBytes);
  const parts = blocks
    .slice(first, first + count)
    .map((block, at) => partOf(block, at === 0 ? from : 0, Math.min(block.length, to - at * blockBytes)));
  return Buffer.concat(parts).toString('utf8');
}

function partOf({ buffer, byteOffset }: Uint8Array, start: number, end: number): Buffer {
  return Buffer.from(buffer, byteOffset + start, end - start);
}

/** Whether all texts are empty. */
export function areEmpty({ blocks }: PackedTexts): boolean {
  return blocks.length === 0;
}

/** Collects numbers that come one by one, in as many bytes each as their type takes. */
export function createNumberList<List extends Int32Array | Float64Array>(Type: {
  new (source: number | ArrayBufferLike): List;
  readonly BYTES_PER_ELEMENT: number;
}) {
  const full: List[] = [];
  let open: List | undefined;
  let used = 0;
  return {
    add(value: number): void {
      if (!open || used === open.length) {
        if (open) full.push(open);
        [open, used] = [new Type(numbersAtATime), 0];
      }
      open[used++] = value;
    },
    /** All of them, in memory that threads share. */
    finish(): List {
      const before = full.length * numbersAtATime;
      const shared = new Type(new SharedArrayBuffer((before + used) * Type.BYTES_PER_ELEMENT));
      full.forEach((numbers, at) => shared.set(numbers, at * numbersAtATime));
      if (open) shared.set(open.subarray(0, used), before);
      return shared;
    },
  };
}
