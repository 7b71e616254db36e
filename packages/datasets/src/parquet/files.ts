import { isInvalidInput, messageOf, unusable } from '@m3ae/errors';
import {
  type AsyncBuffer,
  type Compressors,
  type FileMetaData,
  parquetMetadataAsync,
  parquetReadObjects,
} from 'hyparquet';
import { describeKind } from '../bytes/file-kind.js';
import type { ByteFile } from '../bytes/file.js';
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
): Promise<Readonly<Record<string, unknown>>[]> {
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
