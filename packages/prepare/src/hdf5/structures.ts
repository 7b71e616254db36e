// The parts of an HDF5 file around its data, as the HDF5 File Format Specification 3.0 lays them out. Those of the first version
// are written, which every reader knows and which need no checksums; links alone are of the second, as they take no B-tree.

/** An address where nothing lies. */
const nowhere = 0xffff_ffff_ffff_ffffn;

const u8 = (...values: readonly number[]) => Buffer.from(values);

function little(bytes: 2 | 4, value: number): Buffer {
  const buffer = Buffer.alloc(bytes);
  buffer.writeUIntLE(value, 0, bytes);
  return buffer;
}

function u64(value: number | bigint): Buffer {
  const buffer = Buffer.alloc(8);
  buffer.writeBigUInt64LE(BigInt(value));
  return buffer;
}

/** The next multiple of eight, to which everything is aligned. */
export const aligned = (bytes: number) => Math.ceil(bytes / 8) * 8;

const filledUp = (bytes: Buffer) =>
  Buffer.concat([bytes, Buffer.alloc(aligned(bytes.length) - bytes.length)]);

/** Bytes of {@link superblock}. */
export const superblockBytes = 96;

/**
 * The beginning of a file (II.A, version 0).
 *
 * @param root - Address of the header of the root group.
 * @param end - Length of the file.
 */
export function superblock(root: number, end: number): Buffer {
  return Buffer.concat([
    Buffer.from('\x89HDF\r\n\x1a\n', 'latin1'),
    u8(0, 0, 0, 0, 0, 8, 8, 0), // versions; bytes of an address and of a length
    little(2, 4), // entries of B-trees' nodes, of which there are none
    little(2, 16),
    little(4, 0),
    ...[0, nowhere, end, nowhere].map(u64), // base, free space, end, driver
    ...[0, root, 0, 0, 0].map(u64), // the entry of the root: no name, nothing cached
  ]);
}

function message(type: number, ...parts: readonly Buffer[]): Buffer {
  const body = filledUp(Buffer.concat(parts));
  return Buffer.concat([little(2, type), little(2, body.length), little(4, 0), body]);
}

/** The header of an object (IV.A.1.a, version 1), of which its messages say all. */
function objectHeader(...messages: readonly Buffer[]): Buffer {
  const body = Buffer.concat(messages);
  return Buffer.concat([u8(1, 0), little(2, messages.length), little(4, 1), u64(body.length), body]);
}

/** The header of a group (IV.A.2.c, g and k): names of objects and the addresses of their headers. */
export function groupHeader(links: Iterable<readonly [name: string, header: number]>): Buffer {
  return objectHeader(
    message(0x02, u8(0, 0), u64(nowhere), u64(nowhere)),
    message(0x0a, u8(0, 0)),
    ...Array.from(links, ([name, header]) =>
      message(0x06, u8(1, 0, name.length), Buffer.from(name, 'ascii'), u64(header)),
    ),
  );
}

const byteType = Buffer.concat([u8(0x10, 0, 0, 0), little(4, 1), little(2, 0), little(2, 8)]);

/** Types of an array's elements (IV.A.2.d), with their bytes within the array. */
export const elementTypes = {
  /** Unsigned bytes, any number of them in each element. */
  bytes: { width: 16, type: Buffer.concat([u8(0x19, 0, 0, 0), little(4, 16), byteType]) },
  /** Text in UTF-8 of any length. */
  text: { width: 16, type: Buffer.concat([u8(0x19, 1, 1, 0), little(4, 16), byteType]) },
  /** Whole numbers of 32 bits with a sign. */
  int32: { width: 4, type: Buffer.concat([u8(0x10, 8, 0, 0), little(4, 4), little(2, 0), little(2, 32)]) },
} as const;

/** The header of an array of one axis whose elements lie one behind the other at an address (IV.A.2.b, d, f and i). */
export function arrayHeader(kind: keyof typeof elementTypes, rows: number, address: number): Buffer {
  const { width, type } = elementTypes[kind];
  return objectHeader(
    message(0x01, u8(1, 1, 0, 0), little(4, 0), u64(rows)),
    message(0x03, type),
    message(0x05, u8(2, 2, 2, 1), little(4, 0)), // elements that were never written would be zeros
    message(0x08, u8(3, 1), u64(rows === 0 ? nowhere : address), u64(rows * width)),
  );
}

/** An element that points to bytes of any length in a heap's collection (III.E and VIII.B), or to none. */
export function heapReference(length: number, collection: number, index: number): Buffer {
  return length === 0
    ? Buffer.alloc(16)
    : Buffer.concat([little(4, length), u64(collection), little(4, index)]);
}

const collectionHead = 16;
const objectHead = 16;

/** Least size of a collection: readers refuse a smaller one. */
const leastCollection = 4096;

/** What an object takes in its collection. */
export const heapBytes = (length: number) => objectHead + aligned(length);

/** A collection of the global heap (III.E): objects, and the space that is left. */
export function heapCollection(objects: readonly Uint8Array[]): Buffer {
  const used = objects.reduce((sum, { length }) => sum + heapBytes(length), collectionHead);
  const size = Math.max(leastCollection, used);
  const parts = objects.map((object, at) =>
    Buffer.concat([little(2, at + 1), Buffer.alloc(6), u64(object.length), filledUp(Buffer.from(object))]),
  );
  const left = size - used;
  return Buffer.concat(
    [
      Buffer.from('GCOL\x01\0\0\0', 'latin1'),
      u64(size),
      ...parts,
      ...(left >= objectHead ? [u64(0), u64(left)] : []), // object 0 is what is free
    ],
    size,
  );
}
