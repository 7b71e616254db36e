import type { ByteFile } from '../bytes/file.js';
import { nameOf } from '../bytes/cache.js';
import { oneLine } from '../folder/caption-row.js';
import { type CountingDecoder, countingDecoder } from '../folder/count-encodings.js';
import type { DatasetNote } from '../notes.js';
import type { RecordTexts } from '../records/collect.js';
import { openParquetFile, readRows } from './files.js';
import { type Layout, layoutOf } from './layout.js';
import type { ResolvedParquetSpec } from './spec.js';

const rowsAtATime = 4096;

/** What a file holds beside its pictures. */
export interface ParquetTexts {
  readonly layout: Layout;
  /** Where each row group ends. */
  readonly groupEnds: readonly number[];
  /** One a row. */
  readonly records: readonly RecordTexts[];
  /** Texts that are not UTF-8. */
  readonly invalid: DatasetNote;
}

/** Reads captions, classes and names of all rows of a file. */
export async function readParquetTexts(bytes: ByteFile, spec: ResolvedParquetSpec): Promise<ParquetTexts> {
  const file = await openParquetFile(bytes);
  const layout = layoutOf(file, spec);
  const wanted = [layout.caption, layout.label, layout.group, ...(layout.isPath ? [layout.image] : [])];
  const columns = wanted.filter((name) => name !== undefined);
  const total = Number(file.metadata.num_rows);
  const records: RecordTexts[] = [];
  const decoder = countingDecoder();
  const textOf = toText(decoder, bytes.address);
  for (let start = 0; start < total; start += rowsAtATime) {
    const end = Math.min(total, start + rowsAtATime);
    const rows =
      columns.length > 0
        ? await readRows(file, columns, start, end)
        : Array.from({ length: end - start }, () => ({}));
    for (const row of rows as readonly Readonly<Record<string, unknown>>[]) {
      const number = records.length + 1;
      const own = (value: unknown) => textOf(value, number);
      const name = layout.isPath ? own(row[layout.image]) : undefined;
      records.push({ ...textsOf(row, layout, own), name: name ?? `${nameOf(bytes)}, row ${number}` });
    }
  }
  return { layout, groupEnds: file.groupEnds, records, invalid: decoder.note() };
}

/** A value as text: a number, a text, or the bytes of one. */
type ToText = (value: unknown, row: number) => string | undefined;

function toText(decoder: CountingDecoder, path: string): ToText {
  return (value, row) => {
    if (value === undefined || value === null) return undefined;
    if (!(value instanceof Uint8Array)) return String(value);
    return decoder.decode(value, () => `${path}, row ${row}`);
  };
}

function textsOf(
  record: Readonly<Record<string, unknown>>,
  { caption, label, group, classes }: Layout,
  textOf: (value: unknown) => string | undefined,
) {
  const value = caption === undefined ? undefined : record[caption];
  const captions = (Array.isArray(value) ? value : [value]).map(textOf).filter((text) => text !== undefined);
  const number = label === undefined ? undefined : textOf(record[label]);
  return {
    captions: captions.map(oneLine),
    label: number === undefined ? undefined : (classes?.[Number(number)] ?? number),
    group: group === undefined ? undefined : textOf(record[group]),
  };
}
