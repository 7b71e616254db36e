import { finished } from 'node:stream/promises';
import { messageOf } from '@m3ae/errors';
import { parse } from 'csv-parse';
import { columnNotes, createFaultCounter, type NoteCode, noteOf } from '../notes.js';
import type { ColumnKeys } from '../spec-rules.js';
import { type CaptionFile, type CaptionRow, captionRow } from './columns.js';
import { type CsvLayout, layoutOf, separatorNames } from './csv-layout.js';
import type { TextFile } from './read-text.js';

/** Bytes that are worked on at a time: rows that live longer make the heap grow. */
const bytesAtATime = 1 << 14;

/**
 * Reads a CSV file with the header `image,caption` and perhaps `label`, in any order and case, or with the names that
 * {@link ColumnKeys} knows. Commas, semicolons, tabs or bars may separate; a header that is missing is guessed from the
 * first row.
 */
export async function openCsv(
  text: TextFile,
  file: string,
  captionsNeeded: boolean,
  keys: ColumnKeys,
): Promise<CaptionFile> {
  const faults = createFaultCounter();
  const placeOf = (number: number): string => `${file}:${number}`;
  const found = await layoutOf(text, file, captionsNeeded, keys);
  if ('fault' in found) {
    faults.add('header', () => found.fault);
    return { faults, placeOf, columns: () => found.names, notes: () => [], rows: async function* () {} };
  }
  const { layout } = found;
  return {
    faults,
    placeOf,
    columns: () => found.names,
    notes: () => notesOf(layout, placeOf(1)),
    async *rows(onProgress) {
      let count = 0;
      let rows: CaptionRow[] = [];
      const take = (record: readonly string[], line: number): void => {
        count++;
        const row = readRow(record, line);
        if (row) rows.push(row);
      };
      try {
        for await (const _ of parsed(text.blocks(onProgress), layout, take)) {
          yield rows;
          rows = [];
        }
        if (count === 0) faults.add('empty', () => `${file} holds no rows. Write a row for each picture.`);
      } catch (error) {
        faults.add('not CSV', () => `${file} is not CSV: ${messageOf(error)}. ${quoting(layout)}`);
      }
      yield rows;
    },
  };

  function readRow(record: readonly string[], line: number): CaptionRow | undefined {
    const { image, caption, label, group } = layout.columns;
    if (record.length !== layout.width) {
      const sentence = () =>
        `${placeOf(line)} must have ${layout.width} columns, as the first row has; received ${record.length}. ${quoting(layout)}`;
      faults.add('columns', sentence);
      return undefined;
    }
    const name = record[image]!;
    if (name === '') {
      faults.add(
        'no image',
        () => `${placeOf(line)} must name its picture in the column image; it is empty.`,
      );
      return undefined;
    }
    return captionRow(name, record[caption] ?? '', { label: record[label], group: record[group] }, line);
  }
}

/** Parses a text; rows are taken between two yields. */
async function* parsed(
  blocks: AsyncIterable<{ readonly text: string }>,
  { separator, hasHeader }: CsvLayout,
  take: (record: readonly string[], line: number) => void,
): AsyncGenerator<void, void, void> {
  const parser = parse({
    delimiter: separator,
    from: hasHeader ? 2 : 1,
    // Rows that went through the stream would be wrapped, queued and handed over one by one.
    on_record: (record: readonly string[], { lines }) => void take(record, lines),
    relax_column_count: true,
    relax_quotes: separator !== ',', // nobody who separates by tabs or bars thinks of quotes
    skip_empty_lines: true,
    trim: true,
  });
  const end = finished(parser.resume());
  end.catch(() => {}); // waited for below
  for await (const { text } of blocks) {
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length && !parser.errored; at += bytesAtATime) {
      parser.write(bytes.subarray(at, at + bytesAtATime));
      yield;
    }
    if (parser.errored) break;
  }
  if (!parser.errored) parser.end();
  await end;
}

function quoting({ separator }: CsvLayout): string {
  const names = separatorNames[separator] ?? `"${separator}"`;
  return `Quote captions that hold ${names} ("like${separator} this"), and write a quote in them twice.`;
}

function notesOf({ separator, hasHeader, columns, called }: CsvLayout, place: string) {
  const order = Object.entries(columns)
    .filter(([, at]) => at >= 0)
    .sort(([, a], [, b]) => a - b)
    .map(([name]) => name);
  const note = (code: NoteCode, detail: string) => noteOf(code, { count: 1, places: [place] }, detail);
  return [
    ...(hasHeader ? [] : [note('guessed-header', order.join(', '))]),
    ...columnNotes(called, place),
    ...(separator === ',' ? [] : [note('separator', separatorNames[separator] ?? `"${separator}"`)]),
  ];
}
