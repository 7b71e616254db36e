import { listSome, unusable } from '@m3ae/errors';
import { type ByteFile, nameOf } from '../bytes/file.js';
import { lookUpFile } from '../bytes/open-file.js';
import type { RecordTexts } from '../content/records.js';
import {
  type CaptionFile,
  captionRow,
  columnsOf,
  foundNames,
  oneLine,
  refuseAbsentKeys,
} from '../folder/columns.js';
import { type CountingDecoder, countingDecoder } from '../folder/encoding.js';
import { columnNotes, createFaultCounter, type DatasetNote } from '../notes.js';
import { type ResolvedParquetSpec, resolveParquetSpec } from '../packed-specs.js';
import type { ColumnKeys } from '../spec-rules.js';
import { columnsIn, openParquetFile, type ParquetFile, type ParquetRow, readRows } from './files.js';

const rowsAtATime = 4096;

/** What a file holds beside its pictures. */
interface ParquetTexts {
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
    for (const row of rows as readonly ParquetRow[]) {
      const number = records.length + 1;
      const own = (value: unknown) => textOf(value, number);
      const name = layout.isPath ? own(row[layout.image]) : undefined;
      records.push({ ...textsOf(row, layout, own), name: name ?? `${nameOf(bytes)}, row ${number}` });
    }
  }
  return { layout, groupEnds: file.groupEnds, records, invalid: decoder.note() };
}

/** Makes the function of a value that is a number, a text, or the bytes of one, to text. */
function toText(decoder: CountingDecoder, path: string) {
  return (value: unknown, row: number): string | undefined => {
    if (value === undefined || value === null) return undefined;
    if (!(value instanceof Uint8Array)) return String(value);
    return decoder.decode(value, () => `${path}, row ${row}`);
  };
}

function textsOf(
  record: ParquetRow,
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

/** Which columns of a file hold what. */
export interface Layout {
  readonly image: string;
  /** Whether the column holds paths from the folder of the file, and not the pictures. */
  readonly isPath: boolean;
  readonly caption?: string;
  readonly label?: string;
  readonly group?: string;
  /** What the numbers of the class column mean, where the hub's metadata tell. */
  readonly classes?: readonly string[];
  readonly called: string;
}

/** @throws InvalidInput if no column holds pictures, or a key names none. */
export function layoutOf({ path, metadata }: ParquetFile, keys: ResolvedParquetSpec): Layout {
  const columns = columnsIn(metadata);
  const names = [...columns.keys()];
  refuseAbsentKeys(path, keys, names);
  const found = columnsOf(names, keys);
  const held = names.find((name) => columns.get(name) !== 'other');
  const image = names[found.image] ?? held;
  if (image === undefined) {
    throw unusable(
      `${path} must have a column of pictures; it has ${listSome(names)}. Set imageKey to the one that holds them.`,
    );
  }
  const label = names[found.label];
  return {
    image,
    isPath: columns.get(image) === 'other',
    caption: names[found.caption],
    label,
    group: names[found.group],
    classes: label === undefined ? undefined : classesOf(metadata, label),
    called: foundNames(names, { ...found, image: names.indexOf(image) }),
  };
}

/** Names of classes as the Hugging Face library writes them beside the data; none where they cannot be read. */
function classesOf(metadata: ParquetFile['metadata'], label: string): readonly string[] | undefined {
  const text = metadata.key_value_metadata?.find(({ key }) => key === 'huggingface')?.value;
  if (text === undefined) return undefined;
  let names: unknown;
  try {
    const whole: { info?: { features?: Record<string, { names?: unknown }> } } | null = JSON.parse(text);
    names = whole?.info?.features?.[label]?.names;
  } catch {
    return undefined;
  }
  return Array.isArray(names) ? names.map(String) : undefined;
}

/**
 * Reads a Parquet file that names the pictures of its folder, as the Hugging Face library's `metadata.parquet` does.
 *
 * @param path - Where it lies.
 * @param name - What to call it in messages.
 */
export async function openParquetCaptions(
  path: string,
  name: string,
  { imageKey, captionKey, labelKey, groupKey }: ColumnKeys,
): Promise<CaptionFile> {
  const file = (await lookUpFile(path))!; // the listing of the folder named it
  const spec = resolveParquetSpec({ kind: 'parquet', files: path, imageKey, captionKey, labelKey, groupKey });
  const { layout, records, invalid } = await readParquetTexts(file, spec);
  if (!layout.isPath) {
    throw unusable(
      `${path} must name the pictures of its folder; it holds them itself. Read it with parquet:${path}.`,
    );
  }
  const placeOf = (number: number): string => `${name}, row ${number}`;
  return {
    placeOf,
    columns: () => [], // keys were checked when the file was opened
    faults: createFaultCounter(),
    notes: () => [...columnNotes(layout.called, name), ...(invalid.count > 0 ? [invalid] : [])],
    async *rows() {
      yield records.flatMap(({ name: image, captions, ...given }, at) =>
        (captions.length > 0 ? captions : ['']).map((text) => captionRow(image, text, given, at + 1)),
      );
    },
  };
}
