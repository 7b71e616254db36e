import { listSome, nearestName } from '@m3ae/errors';
import { parse } from 'csv-parse/sync';
import type { ColumnKeys } from '../spec-rules.js';
import { columnNames, type Columns, columnsOf, foundNames, guessedColumns, isColumn } from './columns.js';
import type { TextFile } from './read-text.js';

/** How the columns of a CSV file are to be read. */
export interface CsvLayout {
  readonly separator: string;
  /** Whether the first row names the columns. */
  readonly hasHeader: boolean;
  readonly columns: Columns;
  /** What the columns are called, where that is not what we call them; `''` where it is. */
  readonly called: string;
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
 * @returns The names in the first row, and the layout, or the one sentence that says why there is none.
 */
export async function layoutOf(
  text: TextFile,
  file: string,
  captionsNeeded: boolean,
  keys: ColumnKeys,
): Promise<
  { readonly names: readonly string[] } & ({ readonly layout: CsvLayout } | { readonly fault: string })
> {
  const head = await firstBlock(text);
  const separators = keys.separator === undefined ? Object.keys(separatorNames) : [keys.separator];
  const candidates = separators.map((separator) => ({
    separator,
    rows: firstRows(head, separator),
  }));
  for (const { separator, rows } of candidates) {
    const header = rows[0] ?? [];
    const columns = columnsOf(header, keys);
    const complete = columns.image >= 0 && (columns.caption >= 0 || !captionsNeeded);
    if (complete && misspelt(header, columns) === undefined) {
      const called = foundNames(header, columns);
      const layout = { separator, hasHeader: true, columns, called, width: header.length };
      return { names: header, layout };
    }
  }
  for (const { separator, rows } of candidates) {
    const names = rows[0] ?? [];
    const columns = guessedColumns(names);
    if (columns)
      return { names, layout: { separator, hasHeader: false, columns, called: '', width: names.length } };
  }
  const [widest] = candidates.sort((a, b) => (b.rows[0]?.length ?? 0) - (a.rows[0]?.length ?? 0));
  const [header = [], first = []] = widest!.rows;
  if (header.length === 0)
    return {
      names: header,
      fault: `${file} holds no rows. Write the header image,caption and a row a picture.`,
    };
  return {
    names: header,
    fault: `${file} must have the columns image and caption; received ${listSome(header)}. ${remedy(header, first, keys)}`,
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

/** A column that looks like one of ours which is missing. */
function misspelt(header: readonly string[], columns: Columns): string | undefined {
  const missing = new Set<string>(columnNames.filter((name) => columns[name] < 0));
  return header.find((name) => {
    const near = isColumn(name) ? undefined : nearestName(name, columnNames);
    return near !== undefined && missing.has(near);
  });
}

function remedy(header: readonly string[], first: readonly string[], keys: ColumnKeys): string {
  const columns = columnsOf(header, keys);
  const wrong = misspelt(header, columns);
  if (wrong !== undefined) return `Did you mean ${nearestName(wrong, columnNames)} by ${wrong}?`;
  const guess = guessedColumns(first);
  if (!guess) return 'Name the columns in the first row.';
  const renamed = (['image', 'caption'] as const).filter((name) => columns[name] < 0);
  const pairs = renamed.map((name) => `${name}Key: "${header[guess[name]]}"`);
  return `Set ${pairs.join(' and ')}, or rename the columns.`;
}
