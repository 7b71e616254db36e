import { listSome, nearestName } from '@m3ae/errors';
import { parse } from 'csv-parse/sync';
import { columnNames, type ColumnName } from './caption-row.js';
import { isPicture } from './kinds.js';
import type { TextFile } from './read-text.js';

/** How the columns of a CSV file are to be read. */
export interface CsvLayout {
  readonly separator: string;
  /** Whether the first row names the columns. */
  readonly hasHeader: boolean;
  /** Where each column stands, from 0; −1 where it is absent. */
  readonly columns: Readonly<Record<ColumnName, number>>;
  /** Columns in a row. */
  readonly width: number;
}

/** What separators are called in a message, most likely first. */
export const separatorNames: Readonly<Record<string, string>> = {
  ',': 'commas',
  ';': 'semicolons',
  '\t': 'tabs',
  '|': 'bars',
};

/**
 * Finds the separator and the columns in the first rows of a file.
 *
 * @param captionsNeeded - Whether a file without the column `caption` is refused.
 * @returns The layout, or the one sentence that says why there is none.
 */
export async function layoutOf(
  text: TextFile,
  file: string,
  captionsNeeded: boolean,
): Promise<{ readonly layout: CsvLayout } | { readonly fault: string }> {
  const head = await firstBlock(text);
  const candidates = Object.keys(separatorNames).map((separator) => ({
    separator,
    rows: firstRows(head, separator),
  }));
  for (const { separator, rows } of candidates) {
    const columns = namedColumns(rows[0] ?? []);
    const complete = columns.image >= 0 && (columns.caption >= 0 || !captionsNeeded);
    if (complete && misspelt(rows[0]!, columns) === undefined) {
      return { layout: { separator, hasHeader: true, columns, width: rows[0]!.length } };
    }
  }
  for (const { separator, rows } of candidates) {
    const columns = guessedColumns(rows[0] ?? []);
    if (columns) return { layout: { separator, hasHeader: false, columns, width: rows[0]!.length } };
  }
  const [widest] = candidates.sort((a, b) => (b.rows[0]?.length ?? 0) - (a.rows[0]?.length ?? 0));
  const [header = [], first = []] = widest!.rows;
  if (header.length === 0)
    return { fault: `${file} holds no rows. Write the header image,caption and a row a picture.` };
  return {
    fault: `${file} must have the columns image and caption; received ${listSome(header)}. ${remedy(header, first)}`,
  };
}

async function firstBlock(text: TextFile): Promise<string> {
  for await (const block of text.blocks()) return block.text;
  return '';
}

/** At most two rows; fewer where a quote is never closed. */
function firstRows(text: string, delimiter: string): string[][] {
  const options = { delimiter, to: 2, relax_column_count: true, skip_empty_lines: true, trim: true };
  try {
    return parse(text, { ...options, relax_quotes: true });
  } catch {
    return parse(text.split('\n', 1)[0]!.replaceAll('"', ''), options);
  }
}

function namedColumns(header: readonly string[]): Record<ColumnName, number> {
  const names = header.map((name) => name.toLowerCase());
  const [image, caption, label] = columnNames.map((name) => names.indexOf(name));
  return { image: image!, caption: caption!, label: label! };
}

/** A column that looks like one of ours which is missing. */
function misspelt(
  header: readonly string[],
  columns: Readonly<Record<ColumnName, number>>,
): string | undefined {
  const missing = new Set<string>(columnNames.filter((name) => columns[name] < 0));
  return header.find((name) => {
    const own = columnNames.some((column) => column === name.toLowerCase());
    const near = own ? undefined : nearestName(name, columnNames);
    return near !== undefined && missing.has(near);
  });
}

/** A first row that is no header: it names a picture, and stands beside one text, perhaps also a class. */
function guessedColumns(row: readonly string[]): Record<ColumnName, number> | undefined {
  const pictures = row.flatMap((cell, at) => (isPicture(cell) ? [at] : []));
  if (pictures.length !== 1 || row.length < 2 || row.length > 3) return undefined;
  const [caption, label = -1] = row.flatMap((_, at) => (at === pictures[0] ? [] : [at]));
  return { image: pictures[0]!, caption: caption!, label };
}

function remedy(header: readonly string[], first: readonly string[]): string {
  const columns = namedColumns(header);
  const wrong = misspelt(header, columns);
  if (wrong !== undefined) return `Did you mean ${nearestName(wrong, columnNames)} by ${wrong}?`;
  const guess = guessedColumns(first);
  if (!guess) return 'Name the columns in the first row.';
  const renamed = (['image', 'caption'] as const).filter((name) => columns[name] < 0);
  return `Rename ${renamed.map((name) => `${header[guess[name]]} to ${name}`).join(' and ')}.`;
}
