import { isInvalidInput, messageOf, unusable } from '@m3ae/errors';
import {
  type AsyncBuffer,
  type Compressors,
  type FileMetaData,
  parquetMetadataAsync,
  parquetReadObjects,
} from 'hyparquet';
import { type ByteFile, describeKind, placeBeside } from '../bytes/file.js';
import { openStored, readWhole } from '../bytes/open-file.js';
import type { StoredPicture } from '../picture-files.js';
import { type ParquetSource, storedName } from '../state.js';
import { withCheckedPages } from './damaged-pages.js';

/** A Parquet file, open for reading. */
export interface ParquetFile {
  /** A path, or an address. */
  readonly path: string;
  readonly file: AsyncBuffer;
  readonly metadata: FileMetaData;
  readonly compressors: Compressors;
  /** Where each of its row groups ends. */
  readonly groupEnds: readonly number[];
}

/** Values of a row by their columns. */
export type ParquetRow = Readonly<Record<string, unknown>>;

/** @throws InvalidInput if it is no Parquet file. */
export async function openParquetFile(bytes: ByteFile): Promise<ParquetFile> {
  const path = bytes.address;
  const file: AsyncBuffer = {
    byteLength: bytes.size,
    slice(start, end = bytes.size) {
      const read = bytes.read(start, end - start).then(({ buffer }) => buffer);
      read.catch(() => undefined); // the reader may never ask for a part that it began to read
      return read;
    },
  };
  try {
    const metadata = await parquetMetadataAsync(file);
    checkColumns(metadata, bytes.size);
    let end = 0;
    const groupEnds = metadata.row_groups.map(({ num_rows: rows }) => (end += Number(rows)));
    return { path, file, groupEnds, ...withCheckedPages(metadata) };
  } catch (error) {
    if (isInvalidInput(error)) throw error;
    const kind = describeKind(await bytes.read(0, Math.min(512, bytes.size)), 'parquet') || 'Fetch it again.';
    throw unusable(`${path} cannot be read as Parquet: ${messageOf(error)}. ${kind}`, { cause: error });
  }
}

/**
 * Every row group must hold the columns of the schema, each once and inside the file: the reader starts on all and waits only for those that it can place, so that a
 * damaged one of the others would end the process.
 */
function checkColumns({ schema, row_groups: groups }: FileMetaData, size: number): void {
  const paths: string[] = [];
  const walk = (at: number, parents: readonly string[]): number => {
    const { name, num_children: children = 0 } = schema[at]!;
    const path = at === 0 ? [] : [...parents, name];
    if (children === 0) paths.push(path.join('.'));
    let next = at + 1;
    for (let child = 0; child < children; child++) next = walk(next, path);
    return next;
  };
  const isTree = walk(0, []) === schema.length && schema.every(({ name }) => typeof name === 'string');
  if (!isTree) throw new Error('its schema is no tree of names');
  const expected = paths.join();
  const other = groups.findIndex(({ columns }) => {
    const found = columns.map(({ meta_data: column }) => column?.path_in_schema.join('.'));
    return found.join() !== expected;
  });
  if (other >= 0) throw new Error(`row group ${other} holds other columns than the schema`);
  for (const { columns } of groups) {
    for (const { meta_data: column } of columns) {
      const start = Number(column!.dictionary_page_offset ?? column!.data_page_offset);
      const end = start + Number(column!.total_compressed_size);
      if (!(start >= 0 && end >= start && end <= size)) throw new Error(`a column lies outside of the file`);
    }
  }
}

/**
 * Reads some columns of some rows.
 *
 * @throws InvalidInput if the file is damaged, or compressed in a way that is not read.
 */
export async function readRows(
  { path, file, metadata, compressors }: ParquetFile,
  columns: string[],
  rowStart: number,
  rowEnd: number,
): Promise<ParquetRow[]> {
  try {
    const options = { file, metadata, columns, rowStart, rowEnd, compressors, utf8: false };
    return await parquetReadObjects(options);
  } catch (error) {
    if (isInvalidInput(error)) throw error;
    throw unusable(
      `${path} cannot be read: ${messageOf(error)}. Snappy, gzip, zstd, Brotli and no compression are read; write it again with one of them.`,
      { cause: error },
    );
  }
}

/** The columns of a file, by name: what their values are. */
export function columnsIn({ schema }: FileMetaData): Map<string, 'bytes' | 'picture' | 'other'> {
  const found = new Map<string, 'bytes' | 'picture' | 'other'>();
  for (let at = 1; at < schema.length; at = behind(at)) {
    const { name, type, converted_type: text, logical_type: logical } = schema[at]!;
    const parts = schema.slice(at + 1, behind(at)).map((part) => part.name);
    const isBytes = type === 'BYTE_ARRAY' && text === undefined && logical === undefined;
    found.set(name, parts.includes('bytes') ? 'picture' : isBytes ? 'bytes' : 'other');
  }
  return found;

  function behind(at: number): number {
    let next = at + 1;
    for (let child = 0; child < (schema[at]!.num_children ?? 0); child++) next = behind(next);
    return next;
  }
}

/** Row groups that a thread keeps where examples are drawn at random, each of which needs its whole group. */
const keptGroups = 4;

/** Reads pictures out of the rows of Parquet files. */
export function parquetReader(
  source: ParquetSource,
): (index: number, near: boolean) => Promise<StoredPicture> {
  const { files, column, places, rows, nearGroups } = source;
  const opened = new Map<number, Promise<ParquetFile>>();
  const groups = new Map<string, Promise<readonly ParquetRow[]>>();

  const groupOf = (id: string, near: boolean, read: () => Promise<readonly ParquetRow[]>) => {
    const group = groups.get(id) ?? read();
    group.catch(() => groups.delete(id)); // its server may answer the next time
    groups.delete(id); // and behind the others, as the one used last
    groups.set(id, group);
    while (groups.size > (near ? nearGroups : keptGroups)) groups.delete(groups.keys().next().value!);
    return group;
  };

  return async (index, near) => {
    const place = places[index]!;
    const row = rows[index]!;
    const opening = opened.get(place) ?? openParquetFile(openStored(files[place]!));
    opened.set(place, opening);
    opening.catch(() => opened.delete(place)); // its server may answer the next time
    const file = await opening;
    const at = file.groupEnds.findIndex((end) => row < end);
    const start = at === 0 ? 0 : file.groupEnds[at - 1]!;
    const read = () => readRows(file, [column], start, file.groupEnds[at]!);
    const group = await groupOf(`${place} ${at}`, near, read);
    const name = storedName(source, index);
    const value = group[row - start]?.[column];
    const { bytes, path }: { readonly bytes?: unknown; readonly path?: unknown } =
      value instanceof Uint8Array ? { bytes: value } : (value ?? {});
    if (bytes instanceof Uint8Array) return { bytes, name };
    if (typeof path !== 'string') throw unusable(`${name} holds no picture in ${column}.`);
    return { bytes: await readWhole(placeBeside(file.path, path)), name };
  };
}
