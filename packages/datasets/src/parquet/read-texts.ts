import type { ByteFile } from '../bytes/file.js';
import { nameOf } from '../bytes/cache.js';
import { oneLine } from '../folder/caption-row.js';
import type { RecordTexts } from '../records/collect.js';
import { openParquetFile, readRows } from './files.js';
import { type Layout, layoutOf } from './layout.js';
import type { ResolvedParquetSpec } from './spec.js';

const rowsAtATime = 4096;

/** What a file holds beside its pictures. */
export interface ParquetTexts {
  readonly layout: Layout;
  /** One a row. */
  readonly records: readonly RecordTexts[];
}

/** Reads captions, classes and names of all rows of a file. */
export async function readParquetTexts(bytes: ByteFile, spec: ResolvedParquetSpec): Promise<ParquetTexts> {
  const file = await openParquetFile(bytes);
  const layout = layoutOf(file, spec);
  const wanted = [layout.caption, layout.label, layout.group, ...(layout.isPath ? [layout.image] : [])];
  const columns = wanted.filter((name) => name !== undefined);
  const total = Number(file.metadata.num_rows);
  const records: RecordTexts[] = [];
  for (let start = 0; start < total; start += rowsAtATime) {
    const end = Math.min(total, start + rowsAtATime);
    const rows =
      columns.length > 0
        ? await readRows(file, columns, start, end)
        : Array.from({ length: end - start }, () => ({}));
    for (const row of rows as readonly Readonly<Record<string, unknown>>[]) {
      const name = layout.isPath ? textOf(row[layout.image]) : undefined;
      records.push({ ...textsOf(row, layout), name: name ?? `${nameOf(bytes)}, row ${records.length + 1}` });
    }
  }
  return { layout, records };
}

function textOf(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  return value instanceof Uint8Array
    ? Buffer.from(value).toString('utf8')
    : String(value as string | number | bigint);
}

function textsOf(record: Readonly<Record<string, unknown>>, { caption, label, group, classes }: Layout) {
  const value = caption === undefined ? undefined : record[caption];
  const captions = (Array.isArray(value) ? value : [value]).map(textOf).filter((text) => text !== undefined);
  const number = label === undefined ? undefined : textOf(record[label]);
  return {
    captions: captions.map(oneLine),
    group: group === undefined ? undefined : textOf(record[group]),
    label: number === undefined ? undefined : (classes?.[Number(number)] ?? number),
  };
}
