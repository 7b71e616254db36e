import { unusable } from '@m3ae/errors';
import type { ReadableFile } from '../bytes/chunks.js';
import { describeKind } from '../bytes/file.js';
import { isPicture } from '../folder/files.js';

/** A file in a tar archive: where its bytes lie. */
export interface TarMember {
  /** With `/` between names. */
  readonly name: string;
  readonly start: number;
  readonly length: number;
}

const block = 512;
/** Longest name, and longest extended header, that is believed: a lying size must not fill the memory. */
const mostHeaderBytes = 1 << 20;
const refused: Readonly<Record<string, string>> = {
  '1': 'a hard link',
  '2': 'a symbolic link',
  '3': 'a device',
  '4': 'a device',
  '6': 'a pipe',
  S: 'a sparse file',
};

/**
 * Lists the files of a tar archive in their order; of their contents nothing is read. POSIX (PAX) and GNU archives, with
 * names of any length. Folders are passed over.
 *
 * @param file - An archive that is not compressed.
 * @throws InvalidInput if it is no such archive, ends early, or holds links, devices or sparse files.
 */
export async function* tarMembers(file: ReadableFile): AsyncGenerator<TarMember, void, void> {
  const { address: path, size: end } = file;
  let at = 0;
  let next: { name?: string; length?: number } = {}; // what extended headers say about the member behind them
  while (at < end) {
    if (at + block > end) throw unusable(`${path} ends early, at byte ${end}. Fetch it again.`);
    const header = await bytesOf(file, at, block);
    if (header.every((byte) => byte === 0)) return;
    refuseDamage(header, path, at);
    const type = String.fromCharCode(header[156]!);
    const length = next.length ?? numberIn(header, 124, 12);
    const start = at + block;
    if (!(start + length <= end))
      throw unusable(`${path} ends within the member at byte ${at}. Fetch it again.`);
    at = start + Math.ceil(length / block) * block;
    if (type === 'x' || type === 'L') {
      if (length > mostHeaderBytes)
        throw unusable(
          `${path} has a header of ${length} bytes at byte ${start}. It is damaged: fetch it again.`,
        );
      const bytes = await bytesOf(file, start, length);
      next =
        type === 'L' ? { ...next, name: textIn(bytes, 0, length) } : { ...next, ...extended(bytes, path) };
      continue;
    }
    if (type === 'g' || type === 'K' || type === '5') {
      if (type !== 'K') next = {};
      continue;
    }
    const name = next.name ?? ownName(header);
    next = {};
    if (refused[type]) {
      throw unusable(
        `${path} holds ${refused[type]}, ${name}; only files are read. Pack the files themselves, e.g. with tar --dereference.`,
      );
    }
    yield { name: name.replace(/^(\.\/)+/, ''), start, length };
  }
}

async function bytesOf(file: ReadableFile, start: number, length: number): Promise<Buffer> {
  const bytes = await file.read(start, length);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

function refuseDamage(header: Buffer, path: string, at: number): void {
  let sum = 8 * 0x20; // the checksum's own place counts as spaces
  for (let i = 0; i < block; i++) if (i < 148 || i >= 156) sum += header[i]!;
  if (numberIn(header, 148, 8) === sum) return;
  const what = at === 0 ? 'is no tar archive' : `is damaged at byte ${at}`;
  const remedy = 'Name archives made by tar, e.g. "webdataset:shards/*.tar".';
  throw unusable(`${path} ${what}. ${(at === 0 && describeKind(header, 'tar')) || remedy}`);
}

/** Octal digits, or GNU's binary numbers for what they cannot hold. */
function numberIn(bytes: Buffer, start: number, length: number): number {
  if (bytes[start]! & 0x80) {
    let value = bytes[start]! & 0x7f;
    for (let i = start + 1; i < start + length; i++) value = value * 256 + bytes[i]!;
    return value;
  }
  const digits = textIn(bytes, start, length).trim();
  return digits === '' ? 0 : Number.parseInt(digits, 8);
}

function textIn(bytes: Buffer, start: number, length: number): string {
  const end = bytes.indexOf(0, start);
  return bytes.toString('utf8', start, end < 0 ? start + length : Math.min(end, start + length));
}

function ownName(header: Buffer): string {
  const name = textIn(header, 0, 100);
  const isPosix = textIn(header, 257, 6) === 'ustar';
  const prefix = isPosix ? textIn(header, 345, 155) : '';
  return prefix === '' ? name : `${prefix}/${name}`;
}

/** Records of a PAX header, `LENGTH KEY=VALUE\n` each. */
function extended(bytes: Buffer, path: string): { name?: string; length?: number } {
  const found: { name?: string; length?: number } = {};
  for (let at = 0; at < bytes.length;) {
    const space = bytes.indexOf(0x20, at);
    const length = space < 0 ? 0 : Number(bytes.toString('latin1', at, space));
    const end = at + length;
    if (!Number.isInteger(length) || length < 5 || end > bytes.length)
      throw unusable(`${path} has a damaged extended header. Fetch it again.`);
    const record = bytes.toString('utf8', space + 1, end - 1);
    const [key, value] = [record.slice(0, record.indexOf('=')), record.slice(record.indexOf('=') + 1)];
    if (key === 'path') found.name = value;
    if (key === 'size') found.length = Number(value);
    if (key.startsWith('GNU.sparse'))
      throw unusable(
        `${path} holds a sparse file; only whole ones are read. Pack it without tar's --sparse.`,
      );
    at = end;
  }
  return found;
}

/** Members of an archive that belong together: they have one key and stand next to each other. */
export interface TarSample {
  /** The name up to the first dot behind its last slash. */
  readonly key: string;
  /** By what follows that dot, in lower case: `jpg`, `txt`, `json`, `cls`. */
  readonly fields: ReadonlyMap<string, TarMember>;
}

/** Splits a name where the format does: folders may hold dots. */
export function splitName(name: string): { readonly key: string; readonly field: string } {
  const base = name.lastIndexOf('/') + 1;
  const dot = name.indexOf('.', base);
  if (dot < 0) return { key: name, field: '' };
  return { key: name.slice(0, dot), field: name.slice(dot + 1).toLowerCase() };
}

/** Puts members together to samples; one that comes again begins another. Names without a dot, and hidden ones, belong to none. */
export async function* samplesOf(members: AsyncIterable<TarMember>): AsyncGenerator<TarSample, void, void> {
  let key: string | undefined;
  let fields = new Map<string, TarMember>();
  for await (const member of members) {
    const { key: own, field } = splitName(member.name);
    if (field === '' || own === '' || own.endsWith('/')) continue;
    if (own !== key || fields.has(field)) {
      if (key !== undefined) yield { key, fields };
      key = own;
      fields = new Map();
    }
    fields.set(field, member);
  }
  if (key !== undefined) yield { key, fields };
}

/** The field of a sample's picture: the one that is named, else the first whose name is that of a format. */
export function pictureField({ fields }: TarSample, imageKey: string | undefined): string | undefined {
  if (imageKey !== undefined) return fields.has(imageKey.toLowerCase()) ? imageKey.toLowerCase() : undefined;
  return [...fields.keys()].find((field) => !field.includes('.') && isPicture(`.${field}`));
}

/** A field like `b.jpg`, which is a picture's where the name holds a dot more than the format allows. */
export function dottedField({ fields }: TarSample): string | undefined {
  return [...fields.keys()].find((field) => field.includes('.') && isPicture(field));
}
