import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { decompress as unzstd } from 'fzstd';
import { type ColumnMetaData, type Compressors, type FileMetaData, snappyUncompress } from 'hyparquet';
import { parquetHeader } from 'hyparquet/src/column.js';
import { getMaxDefinitionLevel, getMaxRepetitionLevel, getSchemaPath } from 'hyparquet/src/schema.js';

type Decompress = Compressors[keyof Compressors] & {};

const decompressors: Readonly<Record<string, Decompress>> = {
  UNCOMPRESSED: (input) => input,
  SNAPPY(input, length) {
    const output = new Uint8Array(length);
    snappyUncompress(input, output);
    return output;
  },
  GZIP: (input) => new Uint8Array(gunzipSync(input)),
  BROTLI: (input) => new Uint8Array(brotliDecompressSync(input)),
  ZSTD: (input, length) => unzstd(input, new Uint8Array(length)),
};

/** Values that a page, or a run in it, can have: repeated ones take no room, and writers end a page after fewer. */
const mostValues = (bytes: number) => 2 ** 20 + 8 * bytes;

/** The largest numbers of a column's levels; 0 where it has none. */
interface Levels {
  readonly repetition: number;
  readonly definition: number;
}

/**
 * Decompressors for each column of a file that refuse damaged pages. The reader believes how often a value is repeated, up to two
 * billion times, so that what is decompressed is looked at before it sees it.
 *
 * @returns The metadata, whose columns name the decompressors as their codecs, and these.
 *
 * @see Apache Parquet, Encodings.md, run length encoding / bit-packing hybrid
 */
export function withCheckedPages(metadata: FileMetaData): {
  metadata: FileMetaData;
  compressors: Compressors;
} {
  const compressors: Record<string, Decompress> = {};
  const checked = (column: ColumnMetaData): ColumnMetaData => {
    const decompress = decompressors[column.codec];
    if (!decompress) return column; // told by the reader
    const codec = `${column.codec} ${column.path_in_schema.join('.')}`;
    const path = getSchemaPath(metadata.schema, column.path_in_schema);
    const levels = { repetition: getMaxRepetitionLevel(path), definition: getMaxDefinitionLevel(path) };
    compressors[codec] ??= checking(decompress, levels);
    return { ...column, codec: codec as ColumnMetaData['codec'] }; // one that only this file's reader knows
  };
  const groups = metadata.row_groups.map((group) => ({
    ...group,
    columns: group.columns.map((column) => ({
      ...column,
      ...(column.meta_data && { meta_data: checked(column.meta_data) }),
    })),
  }));
  return { metadata: { ...metadata, row_groups: groups }, compressors };
}

function checking(decompress: Decompress, levels: Levels): Decompress {
  let reader: { readonly view: DataView; offset: number } = {
    view: new DataView(new ArrayBuffer(0)),
    offset: 0,
  }; // of the column, up to the page that was met last
  return (input, length) => {
    if (reader.view.buffer !== input.buffer || reader.offset > input.byteOffset)
      reader = { view: new DataView(input.buffer), offset: 0 };
    let header = parquetHeader(reader);
    while (reader.offset + header.compressed_page_size <= input.byteOffset) {
      reader.offset += header.compressed_page_size;
      header = parquetHeader(reader);
    }
    const isWhole = reader.offset === input.byteOffset; // else its levels stand before what is compressed
    reader.offset += header.compressed_page_size;
    const page = decompress(input, length);
    const { data_page_header: first, data_page_header_v2: second } = header;
    const told = first ?? second;
    if (told) checkPage(page, told, isWhole && first ? levels : { repetition: 0, definition: 0 });
    return page;
  };
}

/** Refuses a page with more values, or longer runs of them, than there can be. */
function checkPage(
  page: Uint8Array,
  { num_values: count, encoding }: { readonly num_values: number; readonly encoding: string },
  { repetition, definition }: Levels,
): void {
  const most = mostValues(page.length);
  if (count > most) throw new Error(`a page claims ${count} values`);
  const view = new DataView(page.buffer, page.byteOffset, page.byteLength);
  let at = 0;
  for (const largest of [repetition, definition]) {
    if (largest === 0) continue;
    checkRuns(view, at + 4, 32 - Math.clz32(largest), count, most);
    at += 4 + view.getUint32(at, true);
  }
  if (encoding.endsWith('DICTIONARY') && at < view.byteLength && view.getUint8(at) > 0)
    checkRuns(view, at + 1, view.getUint8(at), count, most);
}

/** Walks over runs of values of some bits until there are enough of them. */
function checkRuns(view: DataView, start: number, width: number, count: number, most: number): void {
  let [at, seen] = [start, 0];
  while (seen < count && at < view.byteLength) {
    let [head, scale, byte] = [0, 1, 0x80];
    while (byte >= 0x80 && at < view.byteLength) {
      byte = view.getUint8(at++);
      head += (byte & 0x7f) * scale;
      scale *= 128;
    }
    const [isPacked, length] = [head % 2 === 1, Math.floor(head / 2)];
    const run = isPacked ? 8 * length : length;
    if (run > most) throw new Error(`a page repeats a value ${run} times`);
    seen += run;
    at += isPacked ? length * width : Math.ceil(width / 8);
  }
}
