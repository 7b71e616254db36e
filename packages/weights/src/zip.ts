import { invalidField } from '@m3ae/errors';
import { type ByteSource, partOfSource, utf8Text } from './byte-source.js';

const endSignature = 0x06054b50;
const longEndSignature = 0x06064b50;
const longLocatorSignature = 0x07064b50;
const entrySignature = 0x02014b50;
const localSignature = 0x04034b50;
/** A field of 32 bits that says: see the one of 64 bits. */
const elsewhere = 0xffffffff;

const damaged = 'The file was cut short or is damaged: fetch it again.';

/**
 * The entries of a zip file by name, from its central directory. Only stored ones are read: PyTorch compresses nothing.
 *
 * @throws InvalidInput if the directory is damaged or points outside of the file, or an entry is compressed or encrypted.
 *
 * @see PKWARE, APPNOTE.TXT, sections 4.3.7 to 4.3.16
 */
export function readZip(source: ByteSource): Map<string, ByteSource> {
  const { count, begin, length } = findDirectory(source);
  const directory = viewOf(source, begin, length);
  const entries = new Map<string, ByteSource>();
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (at + 46 > length || directory.getUint32(at, true) !== entrySignature)
      throw fault(source, 'a whole directory');
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((field) =>
      directory.getUint16(at + field, true),
    );
    const next = at + 46 + nameLength! + extraLength! + commentLength!;
    if (next > length) throw fault(source, 'a whole directory');
    const name = utf8Text(bytesOf(directory, at + 46, nameLength!));
    if (entries.has(name)) throw fault(source, `one entry ${name}`);
    const places = placesOf(directory, at, at + 46 + nameLength!, extraLength!);
    entries.set(name, contentOf(source, name, directory, at, places));
    at = next;
  }
  return entries;
}

/** Where the central directory lies: from the last record of the file, or that of 64 bits. */
function findDirectory(source: ByteSource) {
  const tailLength = Math.min(source.length, 22 + 0xffff);
  const tail = viewOf(source, source.length - tailLength, tailLength);
  let at = tailLength - 22;
  while (at >= 0 && tail.getUint32(at, true) !== endSignature) at--;
  if (at < 0) throw fault(source, 'a zip file with its directory at the end');
  let [count, length, begin] = [
    tail.getUint16(at + 10, true),
    tail.getUint32(at + 12, true),
    tail.getUint32(at + 16, true),
  ];
  const locator = at - 20;
  if (locator >= 0 && tail.getUint32(locator, true) === longLocatorSignature) {
    const record = viewOf(source, Number(tail.getBigUint64(locator + 8, true)), 56);
    if (record.getUint32(0, true) !== longEndSignature) throw fault(source, 'a whole directory');
    [count, length, begin] = [32, 40, 48].map((field) => Number(record.getBigUint64(field, true))) as [
      number,
      number,
      number,
    ];
  }
  if (begin + length > source.length || count * 46 > length)
    throw fault(source, 'a directory within the file');
  return { count, begin, length };
}

/** Sizes and place of an entry: [packed size, size, place of its local header]. */
function placesOf(
  directory: DataView,
  at: number,
  extra: number,
  extraLength: number,
): [number, number, number] {
  const size = directory.getUint32(at + 24, true);
  const packed = directory.getUint32(at + 20, true);
  const header = directory.getUint32(at + 42, true);
  const places: [number, number, number] = [packed, size, header];
  for (let field = extra; field + 4 <= extra + extraLength;) {
    const [id, length] = [directory.getUint16(field, true), directory.getUint16(field + 2, true)];
    let from = field + 4;
    const end = Math.min(from + length, extra + extraLength);
    // The field of 64 bits holds those that did not fit, in the order size, packed size, place.
    for (const index of id === 1 ? [1, 0, 2] : []) {
      if (places[index] !== elsewhere || from + 8 > end) continue;
      places[index] = Number(directory.getBigUint64(from, true));
      from += 8;
    }
    field = field + 4 + length;
  }
  return places;
}

function contentOf(
  source: ByteSource,
  name: string,
  directory: DataView,
  at: number,
  [packed, size, header]: [number, number, number],
): ByteSource {
  const [flags, method] = [directory.getUint16(at + 8, true), directory.getUint16(at + 10, true)];
  if (method !== 0 || (flags & 1) !== 0 || packed !== size) {
    const received = (flags & 1) !== 0 ? 'an encrypted one' : 'a compressed one';
    const remedy = 'Save it anew with torch.save.';
    throw invalidField(`${source.name}: ${name}`, 'a stored entry', received, remedy);
  }
  const local = viewOf(source, header, 30);
  if (local.getUint32(0, true) !== localSignature) throw fault(source, `an entry ${name} within the file`);
  const begin = header + 30 + local.getUint16(26, true) + local.getUint16(28, true);
  if (begin + size > source.length) throw fault(source, `an entry ${name} within the file`);
  return partOfSource(source, begin, begin + size, `${source.name}: ${name}`);
}

function viewOf(source: ByteSource, begin: number, length: number): DataView {
  if (!(begin >= 0 && begin + length <= source.length)) throw fault(source, 'a directory within the file');
  const bytes = source.read(begin, begin + length);
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function bytesOf({ buffer, byteOffset }: DataView, at: number, length: number): Uint8Array {
  return new Uint8Array(buffer, byteOffset + at, length);
}

function fault(source: ByteSource, rule: string) {
  return invalidField(source.name, rule, 'a damaged one', damaged);
}
